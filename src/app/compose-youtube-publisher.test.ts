import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorOf, makePublication, startUploads } from '../../test/fixtures/youtube-upload-setup.ts';
import { openCredentialsFolder } from '../adapters/credentials/folder.ts';
import { youtubeScopes } from '../adapters/platform/youtube/scopes.ts';
import { openSqliteRecords } from '../adapters/records/sqlite.ts';
import { openLedger } from './compose-ledger.ts';
import { openYouTubePublisher } from './compose-youtube-publisher.ts';
import { configSchema } from './config.ts';

let at: Awaited<ReturnType<typeof startUploads>>;

beforeEach(async () => {
  at = await startUploads();
});
afterEach(() => at.close());

function openParts() {
  const config = configSchema.parse({
    youtube: {
      clientId: at.oauth.clientId,
      apiUrl: at.server.url,
      oauthUrl: at.oauth.url,
      authFolder: join(at.folder, 'auth'),
      dailyUploads: 1,
    },
    costs: { folder: at.folder },
  });
  const env = { PATTERNPIVOT_YOUTUBE_CLIENT_SECRET: at.oauth.clientSecret };
  const { records } = openSqliteRecords(join(at.folder, 'records.sqlite'));
  const ledger = openLedger({ config, env });
  return { config, env, records, ledger };
}

const options = { signal: new AbortController().signal, report: () => {} };

test('what an owner allowed is published on, once a day where that is the limit', async () => {
  at.server.world.looksBeforeProcessed = 0;
  const parts = openParts();
  const publisher = await openYouTubePublisher(parts);
  expect(publisher.target).toBe('youtube');
  const first = await makePublication(at.folder, 'a', 1000);
  const published = await publisher.publish(first, options);
  expect(published.differences).toEqual([]);
  const second = await makePublication(at.folder, 'b', 1000);
  const error = await errorOf(publisher.publish(second, options));
  expect(error).toMatchObject({ code: 'conflict.budget_reached' });
  expect(error.message).toContain('1 uploads a day');
  await parts.records.close();
  await parts.ledger.close();
});

test('somebody who allowed no uploads is told how to', async () => {
  const parts = openParts();
  const credentials = await openCredentialsFolder(join(at.folder, 'auth'));
  const [credential] = await credentials.list();
  if (credential === undefined) throw new Error('nobody signed in');
  await credentials.put({ ...credential, scopes: [youtubeScopes.read] });
  const error = await errorOf(openYouTubePublisher(parts));
  expect(error.code).toBe('input.scope_missing');
  expect(error.hint).toBe('Sign in again: pivot auth login --allow upload');
  await parts.records.close();
  await parts.ledger.close();
});
