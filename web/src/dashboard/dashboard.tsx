import { useQueryClient } from "@tanstack/react-query";
import { type MouseEvent, useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { token } from "./api";
import { FiguresDocument, ProgramsDocument, type ProgramsQuery, ViewerDocument } from "./gql/graphql";
import { Claims } from "./panels/claims";
import { Codes } from "./panels/codes";
import { Figures } from "./panels/figures";
import { Person } from "./panels/person";
import { Programs } from "./panels/programs";
import { Referrals } from "./panels/referrals";
import { Rules } from "./panels/rules";
import { Timeline } from "./panels/timeline";
import { TopReferrers } from "./panels/top-referrers";
import { AccessKey } from "./parts/access-key";
import { isArriving, useAnswer } from "./parts/answer";
import { colourOf } from "./parts/colours";
import { Panel } from "./parts/panel";
import { usePersonShown } from "./parts/person-link";
import { Scopes, useMay } from "./parts/viewer";

/** In how many milliseconds to ask again how the providers are: soon before their first answers. */
function healthEvery(data: ProgramsQuery | undefined): number {
  return data?.programs.some(({ health }) => health.status === "UNKNOWN") ? 2_000 : 10_000;
}

/** The name of whoever looks at the page, if the gateway asked for it, and what leads elsewhere. */
function Top({ name }: { name: string | null | undefined }) {
  const isAdministrator = useMay("ADMIN");
  const queries = useQueryClient();
  const hasToken = useSyncExternalStore(token.watch, token.get) !== "";

  function skip(event: MouseEvent) {
    event.preventDefault(); // the fragment of the address says who is shown
    document.getElementById("main")?.focus();
  }

  function forget() {
    token.forget();
    void queries.resetQueries();
  }

  return (
    <>
      <a className="skip" href="#main" onClick={skip}>
        Skip to the figures
      </a>
      <header className="top">
        <h1>Referral programs</h1>
        <nav className="row" aria-label="Page">
          {name && (
            <span>
              You are <strong>{name}</strong>
            </span>
          )}
          {hasToken && (
            <button type="button" onClick={forget}>
              Forget access key
            </button>
          )}
          <button type="button" onClick={() => void queries.invalidateQueries()}>
            Refresh
          </button>
          {isAdministrator && <a href="./graphiql">GraphiQL</a>}
        </nav>
      </header>
    </>
  );
}

/**
 * All programs at once; what depends on the scopes of whoever looks at it when they are known. `askWho`
 * asks anew who that is.
 */
function Overview({ areScopesKnown, askWho }: { areScopesKnown: boolean; askWho: () => void }) {
  const asked = useAnswer(ProgramsDocument, {}, { everyMs: healthEvery });
  const needsToken = asked.error?.needsToken ?? false;
  useEffect(() => {
    if (needsToken) askWho();
  }, [needsToken, askWho]);
  const [chosen, setChosen] = useState<string[]>();
  const programs = (asked.data?.data.programs ?? []).map((told, index) => ({ ...told, colour: colourOf(index) }));
  const shown = programs.filter((program) => chosen?.includes(program.key) ?? true);
  const keys = shown.map((program) => program.key);
  const figures = useAnswer(FiguresDocument, { programs: keys }, { enabled: keys.length > 0 });
  // Who is asked for a key is asked in one place: another would not know what is typed in this one.
  if (needsToken) return null;
  return (
    <>
      <Panel title="Programs" asked={asked} size="wide" lines={4}>
        {() => <Programs programs={programs} figures={figures} chosen={keys} choose={setChosen} />}
      </Panel>
      {shown.length > 0 ? (
        <>
          <Figures programs={shown} asked={figures} />
          <Timeline programs={keys} />
          {areScopesKnown && (
            <>
              <TopReferrers programs={keys} />
              <Claims key={`claims of ${keys.join()}`} programs={keys} />
              <Rules programs={shown} />
              <Referrals key={`referrals of ${keys.join()}`} programs={keys} />
              <Codes programs={keys} />
            </>
          )}
        </>
      ) : (
        asked.data && <p className="empty wide">Choose a program to see its figures.</p>
      )}
    </>
  );
}

/** All programs at once, or one person, as far as whoever looks at them may. */
export function Dashboard() {
  const person = usePersonShown();
  const asked = useAnswer(ViewerDocument, {}, { everyMs: () => 10_000 });
  const viewer = asked.data?.data.viewer;
  const { refetch } = asked;
  const askWho = useCallback(() => void refetch({ cancelRefetch: false }), [refetch]);

  function shown() {
    if (asked.error?.needsToken) return <AccessKey />;
    if (!person) return <Overview areScopesKnown={viewer !== undefined} askWho={askWho} />;
    return viewer && <Person key={person} id={person} />;
  }

  return (
    <Scopes value={viewer?.scopes ?? []}>
      <Top name={viewer?.name} />
      <main id="main" tabIndex={-1} aria-busy={isArriving(asked)}>
        {asked.error && !viewer && !asked.error.needsToken && (
          <p className="notice bad wide" role="alert">
            What you may see is not known: {asked.error.message}
          </p>
        )}
        {shown()}
      </main>
    </Scopes>
  );
}
