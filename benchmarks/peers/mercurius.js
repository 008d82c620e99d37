// Mercurius with graphql-jit from the first request on: node mercurius.js PORT
import Fastify from "fastify";
import mercurius from "mercurius";
import { ask } from "./rest.js";
import { resolversOver, typeDefs } from "./shop.js";

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers: resolversOver(() => ask), jit: 1 });
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
