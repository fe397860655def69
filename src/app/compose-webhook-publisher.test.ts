import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { webhookSecret } from '../../test/fixtures/webhook-receiver.ts';
import { openSqliteRecords } from '../adapters/records/sqlite.ts';
import { openWebhookPublisher } from './compose-webhook-publisher.ts';
import { loadConfig } from './load-config.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pivot-webhook-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const load = async (webhook: Record<string, unknown>, env: Record<string, string> = {}) => {
  await writeFile(join(cwd, 'pivot.config.json'), JSON.stringify({ publish: { webhook } }));
  return loadConfig({ cwd, env, flags: [] });
};

test('a webhook is opened by its settings and the variable of its secret', async () => {
  const env = { PATTERNPIVOT_WEBHOOK_SECRET: webhookSecret };
  const { records } = openSqliteRecords(join(cwd, 'records.sqlite'));
  const none = await load({}, env);
  expect(none.warnings).toEqual([]);
  await expect(openWebhookPublisher({ config: none.config, env, records })).rejects.toMatchObject({
    code: 'input.no_webhook',
  });
  const { config } = await load({
    url: 'https://hooks.example/in?token=1',
    filmsFolder: 'films',
    filmsUrl: 'https://films.example',
  });
  expect(config.publish.webhook).toMatchObject({
    network: 'public',
    filmsFolder: join(cwd, 'films'),
    timeoutSeconds: 20,
  });
  expect((await openWebhookPublisher({ config, env, records })).target).toBe('webhook');
  await expect(openWebhookPublisher({ config, env: {}, records })).rejects.toMatchObject({
    code: 'input.webhook_secret',
  });
  await records.close();
});

test('settings that cannot be meant are refused', async () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ url: 'http://hooks.example/' }, 'https'],
    [{ url: 'https://ada:lovelace@hooks.example/' }, 'no name and no password'],
    [{ url: 'file:///etc/passwd', network: 'private' }, 'publish.webhook.url'],
    [{ filmsUrl: 'https://films.example' }, 'filmsUrl'],
    [{ filmsFolder: 'films' }, 'filmsFolder'],
    [{ filmsFolder: 'films', filmsUrl: 'https://films.example/?a=1' }, 'before ? and #'],
  ];
  for (const [webhook, words] of wrong) {
    const error: unknown = await load(webhook).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'input.config_invalid' });
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).not.toContain('lovelace');
  }
  await expect(load({ secret: webhookSecret })).rejects.toMatchObject({ code: 'input.secret_in_config' });
  const { config } = await load({ url: 'http://localhost:3000/', network: 'loopback' });
  expect(config.publish.webhook.url).toBe('http://localhost:3000/');
});
