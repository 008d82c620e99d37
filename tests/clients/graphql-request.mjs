// graphql-request against the server at that address. Prints what came of the tour.
import { GraphQLClient } from "graphql-request";
import { tour } from "./tour.mjs";

const client = new GraphQLClient(process.argv[2]);
console.log(JSON.stringify(await tour((document, variables) => client.request(document, variables))));
