// Apollo Server as its guide starts it: node apollo.js PORT
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { ask } from "./rest.js";
import { resolversOver, typeDefs } from "./shop.js";

const server = new ApolloServer({ typeDefs, resolvers: resolversOver(() => ask) });
await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: Number(process.argv[2]) },
  context: async () => ({}),
});
