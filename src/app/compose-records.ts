import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteRecords } from '../adapters/records/sqlite.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Records } from '../ports/records.ts';
import type { Config } from './config.ts';
import { openRecordsMeter } from './records-meter.ts';
import type { RecordsKind } from './records-config.ts';

/** Records, and whether they can be changed. */
export type OpenedRecords = { readonly records: Records; readonly isWritable: boolean };

/** Where records are to be opened. */
export type RecordsPlace = {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kind: RecordsKind;
  /** The library's: a file of records lies in it. */
  readonly folder: string;
};

/** Where the file of a library's records lies. */
function recordsPathOf(folder: string): string {
  return join(folder, 'records.sqlite');
}

/** Whether a library in a folder has been begun, so far as one can see without asking others. */
export async function hasRecords({ kind, folder }: Pick<RecordsPlace, 'kind' | 'folder'>): Promise<boolean> {
  if (kind !== 'sqlite') return true;
  return (await stat(recordsPathOf(folder)).catch(() => undefined))?.isFile() === true;
}

/**
 * Opens records of a kind where the configuration says that they are. Those elsewhere are not asked anything yet.
 * @throws what {@link openSqliteRecords} throws, input.records_bucket
 */
export async function openRecords({ config, env, kind, folder }: RecordsPlace): Promise<OpenedRecords> {
  if (kind === 'sqlite') return openSqliteRecords(recordsPathOf(folder));
  const meter = openRecordsMeter({ config, env, service: kind, endpoint: endpointOf(config, kind) });
  const where = { prefix: config.records.prefix, countUse: meter?.countUse };
  const records =
    kind === 'dynamodb'
      ? // Loaded only here: the SDK takes longer to load than everything else together.
        (await import('../adapters/records/dynamodb.ts')).openDynamoRecords({
          ...config.records.dynamodb,
          ...where,
        })
      : (await import('../adapters/records/google-storage.ts')).openGoogleStorageRecords({
          ...googleStorageOf(config),
          ...where,
        });
  const close = async () => {
    try {
      await records.close();
    } finally {
      await meter?.close();
    }
  };
  return { records: { ...records, close }, isWritable: true };
}

/** What became of a place for records. */
export type PreparedPlace = {
  readonly name: string;
  /** Whether something was made or changed. */
  readonly isNew: boolean;
  /** Whether the store throws away by itself what has expired. */
  readonly clearsExpired: boolean;
};

/** Makes the place where records will live, and leaves one that is there. @throws conflict.records_table, not_found.records_bucket, provider.records_* */
export async function prepareRecords(
  { config, kind }: Pick<RecordsPlace, 'config' | 'kind'>,
  signal: AbortSignal,
): Promise<PreparedPlace> {
  const { prefix, dynamodb } = config.records;
  if (kind === 'dynamodb') {
    const { createDynamoTable } = await import('../adapters/records/dynamodb-table.ts');
    const made = await createDynamoTable(dynamodb, signal);
    return { name: `DynamoDB table ${dynamodb.table}`, ...made };
  }
  if (kind === 'google-storage') {
    const where = { ...googleStorageOf(config), prefix };
    const { prepareGoogleBucket } = await import('../adapters/records/google-storage-bucket.ts');
    const { isNew } = await prepareGoogleBucket(where, signal);
    return { name: `bucket ${where.bucket}`, isNew, clearsExpired: true };
  }
  throw new PatternPivotError('input.records_kind', 'Records in a SQLite file need no table.', {
    hint: 'pivot records create-table --in dynamodb, or set records.kind.',
  });
}

function googleStorageOf({ records }: Config) {
  const { bucket, endpoint } = records.googleStorage;
  if (bucket !== undefined) return { bucket, endpoint };
  throw new PatternPivotError('input.records_bucket', 'It is not known which bucket holds the records.', {
    hint: 'Set records.googleStorage.bucket, or PATTERNPIVOT_RECORDS_GOOGLE_STORAGE_BUCKET.',
  });
}

function endpointOf({ records }: Config, kind: Exclude<RecordsKind, 'sqlite'>): string | undefined {
  return kind === 'dynamodb' ? records.dynamodb.endpoint : records.googleStorage.endpoint;
}
