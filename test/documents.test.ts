import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { momentsSchema } from '../src/domain/moment.ts';
import { postSchema } from '../src/domain/post.ts';
import { checkReportSchema } from '../src/domain/rendition.ts';
import { shotListSchema } from '../src/domain/shot.ts';
import { transcriptSchema } from '../src/domain/transcript.ts';

const schemas = {
  transcript: transcriptSchema,
  moments: momentsSchema,
  check: checkReportSchema,
  shots: shotListSchema,
  post: postSchema,
};

const page = readFileSync(new URL('../docs/documents.md', import.meta.url), 'utf8');

test.each(Object.entries(schemas))('the %s in docs/documents.md is one', (name, schema) => {
  const example = new RegExp(`\`\`\`json ${name}\n(.*?)\`\`\``, 'su').exec(page)?.[1] ?? '';
  const parsed = schema.safeParse(JSON.parse(example));
  expect(parsed.error?.issues ?? []).toEqual([]);
});
