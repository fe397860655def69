import { z } from 'zod';

const httpUrl = z.url({ protocol: /^https?$/ });

/** Where records can live. */
export const recordsKinds = ['sqlite', 'dynamodb', 'google-storage'] as const;

/** Where records live. */
export type RecordsKind = (typeof recordsKinds)[number];

/** The settings of records: where what is known of assets and channels lives. Who one is comes from AWS's and Google's own tools. */
export const recordsConfigSchema = z
  .strictObject({
    kind: z
      .enum(recordsKinds)
      .default('sqlite')
      .describe("Where records live: a file in the library's folder (sqlite), dynamodb, or google-storage"),
    prefix: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/u, 'it is made of a–z, 0–9 and -, 40 characters at most')
      .optional()
      .describe(
        'What sets one library apart, where several share a table or a bucket. Default: nothing in a table, patternpivot in a bucket',
      ),
    dynamodb: z
      .strictObject({
        table: z
          .string()
          .regex(/^[\w.-]{3,255}$/u, 'a table is named by letters, digits, - _ and ., 3 characters or more')
          .default('patternpivot')
          .describe('The table, which pivot records create-table makes'),
        region: z
          .string()
          .regex(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/u, 'a region is named like eu-central-1')
          .optional()
          .describe("Its AWS region. Default: AWS_REGION, or that of the user's profile"),
        endpoint: httpUrl
          .optional()
          .describe('The address of a server with the same protocol (DynamoDB Local). Default: AWS'),
      })
      .prefault({}),
    googleStorage: z
      .strictObject({
        bucket: z
          .string()
          .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/u, 'that is no name of a bucket')
          .optional()
          .describe('The bucket that holds the records'),
        endpoint: httpUrl
          .optional()
          .describe(
            'The address of a server with the same protocol. Default: https://storage.googleapis.com',
          ),
      })
      .prefault({}),
  })
  .refine(({ kind, googleStorage }) => kind !== 'google-storage' || googleStorage.bucket !== undefined, {
    path: ['googleStorage', 'bucket'],
    error: 'it must be set for google-storage',
  });
