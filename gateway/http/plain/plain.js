const value = (id) => document.getElementById(id).value.trim();

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = document.getElementById("answer");
  answer.textContent = "…";
  try {
    const headers = { "content-type": "application/json" };
    if (value("token")) headers.authorization = `Bearer ${value("token")}`;
    const variables = value("variables") ? JSON.parse(value("variables")) : undefined;
    const body = JSON.stringify({ query: value("query"), variables });
    const response = await fetch("./graphql", { method: "POST", headers, body });
    answer.textContent = JSON.stringify(await response.json(), null, 2);
  } catch (error) {
    answer.textContent = String(error);
  }
});
