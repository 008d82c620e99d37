import { type FormEvent, useState } from "react";

import { CheckCodeDocument } from "../gql/graphql";
import { Panel, useAnswer } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";

/** Whether a referral code is good, and where; asking changes nothing. */
export function Codes({ programs }: { programs: string[] }) {
  const [code, setCode] = useState("");
  const asked = useAnswer(CheckCodeDocument, { code, programs }, { enabled: code !== "" });

  function check(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setCode(String(new FormData(event.currentTarget).get("code")).trim());
  }

  return (
    <section className="panel" aria-labelledby="codes">
      <header>
        <h2 id="codes">Check a referral code</h2>
      </header>
      <form className="row" onSubmit={check}>
        <label>
          Code <input name="code" required autoComplete="off" />
        </label>
        <button>Check</button>
      </form>
      {code && (
        <Panel title={`“${code}”`} asked={asked}>
          {({ codeValidations }) => (
            <>
              <ul className="plain">
                {codeValidations.nodes.map(({ program, isValid, reason, referrer }) => (
                  <li key={program.key}>
                    <span className={`status ${isValid ? "completed" : "failed"}`}>{isValid ? "valid" : "not valid"}</span>{" "}
                    at {program.name}
                    {referrer && (
                      <>
                        , of <PersonLink person={referrer} />
                      </>
                    )}
                    {reason && `: ${reason}`}
                  </li>
                ))}
              </ul>
              <Sources sources={codeValidations.sources} />
            </>
          )}
        </Panel>
      )}
    </section>
  );
}
