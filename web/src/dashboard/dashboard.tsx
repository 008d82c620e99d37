import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";

import { token } from "./api";
import { ProgramsDocument } from "./gql/graphql";
import { Claims } from "./panels/claims";
import { Codes } from "./panels/codes";
import { Figures } from "./panels/figures";
import { Person } from "./panels/person";
import { Programs } from "./panels/programs";
import { Referrals } from "./panels/referrals";
import { Rules } from "./panels/rules";
import { Timeline } from "./panels/timeline";
import { TopReferrers } from "./panels/top-referrers";
import { Panel, useAnswer } from "./parts/panel";

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return hash;
}

function TokenForm() {
  const queries = useQueryClient();
  function keep(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    token.set(String(new FormData(event.currentTarget).get("token")).trim());
    void queries.invalidateQueries();
  }
  return (
    <form className="row" onSubmit={keep}>
      <label>
        Access key <input name="token" type="password" autoComplete="off" required />
      </label>
      <button>Use it</button>
      <small>Kept as long as this browser tab.</small>
    </form>
  );
}

/** All programs at once, or one person. */
export function Dashboard() {
  const asked = useAnswer(ProgramsDocument, {}, { refetchInterval: 10_000 });
  const person = /^#\/person\/(.+)$/.exec(useHash())?.[1];
  const [chosen, setChosen] = useState<string[]>();
  const programs = asked.data?.data.programs ?? [];
  const keys = chosen ?? programs.map((program) => program.key);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the figures
      </a>
      <header className="top">
        <h1>Referral programs</h1>
        <nav aria-label="Elsewhere">
          <a href="./graphiql">GraphiQL</a>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {asked.error?.needsToken && <TokenForm />}
        <Panel title="Programs" asked={asked} wide>
          {({ programs }) => <Programs programs={programs} chosen={keys} choose={setChosen} />}
        </Panel>
        {person ? (
          <Person id={decodeURIComponent(person)} />
        ) : keys.length > 0 ? (
          <>
            <Figures programs={keys} />
            <TopReferrers programs={keys} />
            <Timeline programs={keys} />
            {programs
              .filter((program) => keys.includes(program.key))
              .map((program) => (
                <Rules key={program.key} program={program} />
              ))}
            <Referrals key={`referrals of ${keys.join()}`} programs={keys} />
            <Claims key={`claims of ${keys.join()}`} programs={keys} />
            <Codes programs={keys} />
          </>
        ) : (
          asked.data && <p className="empty">Choose a program.</p>
        )}
      </main>
    </>
  );
}
