// The schema and its resolvers, for any JavaScript server.
import { readFileSync } from "node:fs";
import DataLoader from "dataloader";
import { programByKey, programs } from "./programs.js";

export const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");

/** Resolvers that ask upstream by what `asking(context, info)` gives; a context is a request's. */
export function resolversOver(asking) {
  const loaders = new WeakMap();

  // Each profile is read once a request.
  function profile(program, id, context, info) {
    let loader = loaders.get(context);
    if (!loader) {
      const ask = asking(context, info);
      loader = new DataLoader((ids) => Promise.all(ids.map((one) => program.readProfile(ask, one))));
      loaders.set(context, loader);
    }
    return loader.load(id);
  }

  const inProfile = (field) => async (person, _, context, info) =>
    person.program.hasProfilesApart
      ? (await profile(person.program, person.providerId, context, info))[field]
      : person[field];

  return {
    Query: {
      programs: () => programs,
      program: (_, { key }) => programByKey.get(key) ?? null,
      statistics: (_, { programs: [key] }, context, info) =>
        programByKey.get(key).readStatistics(asking(context, info)),
    },
    Program: {
      settings: (program, _, context, info) => program.readSettings(asking(context, info)),
      tiers: async (program, _, context, info) => ({
        nodes: await program.readTiers(asking(context, info)),
      }),
      referrals: async (program, { first, filter }, context, info) => ({
        nodes: (await program.readReferrals(asking(context, info), filter?.status)).slice(0, first),
        sources: [{ status: "FRESH", isComplete: true }],
      }),
    },
    Person: {
      name: inProfile("name"),
      referralCode: inProfile("referralCode"),
      loyaltyPoints: inProfile("loyaltyPoints"),
    },
  };
}
