// The operations and fragments, which Relay's compiler makes modules of; `main.mjs` runs those.
import { graphql } from "relay-runtime";

graphql`
  query tourProgramsQuery {
    programs {
      id
      key
      provider {
        name
      }
    }
  }
`;

graphql`
  query tourReferralsQuery($first: Int!) {
    ...tour_referrals @arguments(first: $first)
  }
`;

graphql`
  fragment tour_referrals on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "tourReferralsPageQuery") {
    referrals(first: $first, after: $after) @connection(key: "tour_referrals") {
      edges {
        node {
          providerId
          program {
            key
          }
        }
      }
    }
  }
`;

// Further pages of an object are asked for through `node`, by its id.
graphql`
  query tourProgramQuery($key: String!, $first: Int!) {
    program(key: $key) {
      ...tour_program @arguments(first: $first)
    }
  }
`;

graphql`
  fragment tour_program on Program
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "tourProgramPageQuery") {
    referrals(first: $first, after: $after) @connection(key: "tour_program_referrals") {
      edges {
        node {
          providerId
          program {
            key
          }
        }
      }
    }
  }
`;

graphql`
  mutation tourCreateTierMutation($programId: ID!, $input: TierCreateInput!) {
    tierCreate(programId: $programId, input: $input) {
      tier {
        id
        reward {
          __typename
          summary
          ... on PercentageDiscountIncentive {
            percent
          }
        }
      }
      errors {
        __typename
        message
        field
      }
    }
  }
`;

graphql`
  mutation tourUpdateTierMutation($id: ID!, $input: TierUpdateInput!) {
    tierUpdate(id: $id, input: $input) {
      tier {
        name
      }
      errors {
        message
      }
    }
  }
`;
