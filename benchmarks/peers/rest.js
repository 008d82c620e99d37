// The operations by undici, the fastest client of Node.
import { Pool } from "undici";
import { paths, token } from "./operations.js";

const pool = new Pool(process.env.UPSTREAM, { connections: 32 });

export async function ask(operation, args) {
  const path = paths[operation].replace("{args.id}", args?.id);
  const { statusCode, body } = await pool.request({
    method: "GET",
    path,
    headers: { authorization: `Bearer ${token(operation)}`, accept: "application/json" },
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`${statusCode} of ${path}`);
  }
  return (await body.json()).data;
}
