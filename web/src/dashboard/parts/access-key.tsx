import { useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";

import { token } from "../api";

/** Asks for the key that the gateway wants. */
export function AccessKey() {
  const queries = useQueryClient();

  function keep(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    token.set(String(new FormData(event.currentTarget).get("token")).trim());
    void queries.resetQueries();
  }

  return (
    <section className="panel wide" aria-labelledby="access">
      <header>
        <h2 id="access">This gateway asks who you are</h2>
      </header>
      {token.get() && (
        <p className="notice bad" role="alert">
          The access key was not accepted.
        </p>
      )}
      <form className="row" onSubmit={keep}>
        <label>
          Access key <input name="token" type="password" autoComplete="off" required />
        </label>
        <button className="main-button">Use it</button>
      </form>
      <p className="empty">Kept as long as this browser tab, and sent to this gateway alone.</p>
    </section>
  );
}
