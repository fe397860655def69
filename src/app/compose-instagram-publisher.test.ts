import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instagramAccount, instagramToken } from '../../test/fixtures/instagram-server.ts';
import { openSqliteRecords } from '../adapters/records/sqlite.ts';
import { openInstagramPublisher } from './compose-instagram-publisher.ts';
import { loadConfig } from './load-config.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pivot-instagram-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const load = async (instagram: Record<string, unknown>, env: Record<string, string> = {}) => {
  await writeFile(join(cwd, 'pivot.config.json'), JSON.stringify({ publish: { instagram } }));
  return loadConfig({ cwd, env, flags: [] });
};

test('an account is opened by its id and the variable of its token', async () => {
  const env = { PATTERNPIVOT_INSTAGRAM_TOKEN: ` ${instagramToken}\n` };
  const { records } = openSqliteRecords(join(cwd, 'records.sqlite'));
  const none = await load({}, env);
  expect(none.warnings).toEqual([]);
  await expect(openInstagramPublisher({ config: none.config, env, records })).rejects.toMatchObject({
    code: 'input.no_instagram_account',
  });
  const { config } = await load({ account: instagramAccount });
  expect((await openInstagramPublisher({ config, env, records })).target).toBe('instagram');
  for (const token of [undefined, '', 'with space in it', 'line\r\nx-other: header']) {
    const wrong = openInstagramPublisher({ config, env: { PATTERNPIVOT_INSTAGRAM_TOKEN: token }, records });
    await expect(wrong).rejects.toMatchObject({ code: 'input.instagram_token' });
  }
  await records.close();
});

test('settings that cannot be meant are refused', async () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ account: '@ada' }, 'its name will not do'],
    [{ account: 17_841_400 }, 'in quotes'],
    [{ apiUrl: 'http://graph.example' }, 'only https, or this machine'],
    [{ uploadUrl: 'https://ada:lovelace@up.example' }, 'no name and no password'],
    [{ version: '25' }, 'v25.0'],
  ];
  for (const [instagram, words] of wrong) {
    const error: unknown = await load(instagram).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'input.config_invalid' });
    expect((error as Error).message).toContain(words);
  }
  await expect(load({ token: instagramToken })).rejects.toMatchObject({ code: 'input.secret_in_config' });
  const env = { PATTERNPIVOT_PUBLISH_INSTAGRAM_ACCOUNT: instagramAccount };
  const { config } = await load({ apiUrl: 'http://127.0.0.1:3000', feed: false }, env);
  expect(config.publish.instagram).toMatchObject({
    account: instagramAccount,
    apiUrl: 'http://127.0.0.1:3000',
    feed: false,
  });
});
