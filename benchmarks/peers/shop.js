// The schema and its resolvers, for any JavaScript server.
import { readFileSync } from "node:fs";
import DataLoader from "dataloader";
import { programByKey, programs } from "./upstream.js";

export const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");

/** What a request shares: each profile is read once. */
export function context() {
  const loaders = new Map();
  return {
    profile(program, id) {
      let loader = loaders.get(program);
      if (!loader) {
        loader = new DataLoader((ids) => Promise.all(ids.map((one) => program.readProfile(one))));
        loaders.set(program, loader);
      }
      return loader.load(id);
    },
  };
}

const inProfile = (field) => async (person, _, { profile }) =>
  person.program.hasProfilesApart
    ? (await profile(person.program, person.providerId))[field]
    : person[field];

export const resolvers = {
  Query: {
    programs: () => programs,
    program: (_, { key }) => programByKey.get(key) ?? null,
    statistics: (_, { programs: [key] }) => programByKey.get(key).readStatistics(),
  },
  Program: {
    settings: (program) => program.readSettings(),
    tiers: async (program) => ({ nodes: await program.readTiers() }),
    referrals: async (program, { first, filter }) => ({
      nodes: (await program.readReferrals(filter?.status)).slice(0, first),
      sources: [{ status: "FRESH", isComplete: true }],
    }),
  },
  Person: {
    name: inProfile("name"),
    referralCode: inProfile("referralCode"),
    loyaltyPoints: inProfile("loyaltyPoints"),
  },
};
