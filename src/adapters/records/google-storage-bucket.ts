import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { openStorageSession, type GoogleBucket } from './google-storage-client.ts';

/** To change what a bucket does by itself, more must be allowed than to write objects. */
const bucketScope = 'https://www.googleapis.com/auth/devstorage.full_control';

/** Others may have rules of which we know nothing: they stay as they are. */
const bucketSchema = z.object({
  metageneration: z.string(),
  lifecycle: z.object({ rule: z.array(z.unknown()).optional() }).optional(),
});

/** So often another may change the bucket between reading and writing. */
const maxTries = 5;

/**
 * Has a bucket throw away what has expired, by a rule of its lifecycle for our objects alone. @returns whether it was not so before
 * @throws not_found.records_bucket, provider.records_refused
 */
export async function prepareGoogleBucket(
  where: GoogleBucket,
  signal: AbortSignal,
): Promise<{ readonly isNew: boolean }> {
  const session = openStorageSession(where, { scope: bucketScope });
  const path = `/storage/v1/b/${encodeURIComponent(where.bucket)}`;
  // Objects carry their end as their custom time: https://cloud.google.com/storage/docs/lifecycle#dayssincecustomtime
  const rule = {
    action: { type: 'Delete' },
    condition: { daysSinceCustomTime: 0, matchesPrefix: [session.root] },
  };
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const { text } = await session.call({
      operation: 'buckets.get',
      method: 'GET',
      path,
      query: { fields: 'metageneration,lifecycle' },
      signal,
    });
    const { metageneration, lifecycle } = bucketSchema.parse(JSON.parse(text));
    const rules = lifecycle?.rule ?? [];
    if (rules.some((each) => isDeepStrictEqual(each, rule))) return { isNew: tries > 1 };
    const { status } = await session.call({
      operation: 'buckets.patch',
      method: 'PATCH',
      path,
      query: { ifMetagenerationMatch: metageneration, fields: 'metageneration' },
      contentType: 'application/json',
      body: JSON.stringify({ lifecycle: { rule: [...rules, rule] } }),
      signal,
    });
    if (status === 'ok') return { isNew: true };
  }
  throw new PatternPivotError('conflict.records_bucket', `Others keep changing the bucket ${where.bucket}.`, {
    retryable: true,
    hint: 'Run it again.',
    context: { bucket: where.bucket },
  });
}
