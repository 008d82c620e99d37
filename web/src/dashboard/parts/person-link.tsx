import { NOT_TOLD } from "../formats";

/** Leads to what is known of a person. */
export function PersonLink({ person }: { person: { id: string; name?: string | null; email?: string | null } | null | undefined }) {
  if (!person) return <>{NOT_TOLD}</>;
  return <a href={`#/person/${encodeURIComponent(person.id)}`}>{person.name ?? person.email ?? "Somebody"}</a>;
}
