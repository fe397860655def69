import { z } from 'zod';

/** The settings of the index of meanings: where the vectors of a library are kept. */
export const vectorsConfigSchema = z
  .strictObject({
    kind: z
      .enum(['embedded', 'milvus'])
      .default('embedded')
      .describe(
        'Where meanings are kept: in a file of the library (embedded), or on a Milvus server (milvus)',
      ),
    address: z
      .string()
      .regex(
        /^(?:https?:\/\/)?(?:\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/iu,
        'write localhost:19530, or https://host:443',
      )
      .optional()
      .describe('The address of the Milvus server, with https:// before it where it is encrypted'),
    database: z.string().min(1).max(255).optional().describe('The database on that server. Default: its own'),
    prefix: z
      .string()
      .regex(/^[A-Za-z_]\w{0,49}$/u, 'a prefix is made of letters, digits and _')
      .default('patternpivot_')
      .describe('Before the names of collections on that server: two libraries on one server need two'),
    index: z
      .enum(['hnsw', 'ivf'])
      .default('hnsw')
      .describe('How Milvus finds what is near: hnsw, or ivf, which needs less memory'),
    metric: z
      .enum(['cosine', 'l2'])
      .default('cosine')
      .describe('How Milvus measures nearness: cosine or l2. The order is the same'),
  })
  .superRefine((vectors, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['address'], message });
    if (vectors.kind === 'milvus' && vectors.address === undefined) refuse('it must be set for milvus');
    if (vectors.kind === 'embedded' && vectors.address !== undefined) refuse('only milvus has an address');
  });
