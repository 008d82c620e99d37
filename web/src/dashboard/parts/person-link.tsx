import { useEffect, useState } from "react";

import { NOT_TOLD } from "../formats";

/** Leads to what is known of a person. */
export function PersonLink({
  person,
}: {
  person: { id: string; name?: string | null; email?: string | null } | null | undefined;
}) {
  if (!person) return <>{NOT_TOLD}</>;
  return <a href={`#/person/${encodeURIComponent(person.id)}`}>{person.name ?? person.email ?? "Somebody"}</a>;
}

function personInAddress(): string | undefined {
  const id = /^#\/person\/(.+)$/.exec(location.hash)?.[1];
  try {
    return id && decodeURIComponent(id);
  } catch {
    return undefined; // an address that was cut off or mistyped
  }
}

/** The id of the person whom the address asks for. Going there or back is like opening a page. */
export function usePersonShown(): string | undefined {
  const [person, setPerson] = useState(personInAddress);
  useEffect(() => {
    const changed = () => setPerson(personInAddress());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return person;
}
