import { type FormEvent, useState } from "react";

import { CheckCodeDocument } from "../gql/graphql";
import { useAnswer } from "../parts/answer";
import { Skeleton } from "../parts/panel";
import { PersonLink } from "../parts/person-link";
import { Sources } from "../parts/sources";
import { useMay, Withheld } from "../parts/viewer";

function Verdicts({ code, programs }: { code: string; programs: string[] }) {
  const seesPeople = useMay("PEOPLE_READ");
  const { data, error } = useAnswer(CheckCodeDocument, { code, programs, seesPeople });
  const failure = error && <p className="notice bad">{error.message}</p>;
  if (!data) return failure ?? <Skeleton />;
  const { nodes, sources } = data.data.codeValidations;
  return (
    <>
      {failure}
      {data.notes.map(({ message }) => (
        <p key={message} className="notice warn">
          {message}
        </p>
      ))}
      <ul className="verdicts">
        {nodes.map(({ program, isValid, reason, referrer }) => (
          <li key={program.key}>
            <span className={`badge ${isValid ? "good" : "bad"}`}>{isValid ? "valid" : "not valid"}</span> “{code}” at{" "}
            {program.name}
            {referrer && (
              <>
                , of <PersonLink person={referrer} />
              </>
            )}
            {reason && `: ${reason}`}
          </li>
        ))}
      </ul>
      <Sources sources={sources} />
    </>
  );
}

/** Whether a referral code is good, and where; asking changes nothing. */
export function Codes({ programs }: { programs: string[] }) {
  const [code, setCode] = useState("");

  function check(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setCode(String(new FormData(event.currentTarget).get("code")).trim());
  }

  return (
    <section className="panel wide" aria-labelledby="codes">
      <header>
        <h2 id="codes">Check a referral code</h2>
        <form className="row" onSubmit={check}>
          <label>
            Code <input name="code" required autoComplete="off" />
          </label>
          <button>Check</button>
        </form>
      </header>
      <Withheld to="see whose code it is" scope="PEOPLE_READ" />
      <div role="status">{code && <Verdicts key={code} code={code} programs={programs} />}</div>
    </section>
  );
}
