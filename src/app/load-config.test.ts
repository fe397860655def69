import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canvasOf, listSettings } from './config.ts';
import { loadConfig, type ConfigSources } from './load-config.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot config '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (sources: Partial<ConfigSources> = {}) =>
  loadConfig({ cwd: folder, env: {}, flags: [], ...sources });
const writeConfig = (value: unknown) =>
  writeFile(join(folder, 'pivot.config.json'), typeof value === 'string' ? value : JSON.stringify(value));

it('has a default for everything', async () => {
  const { config, path } = await load({ cwd: '/' });
  expect(path).toBeUndefined();
  expect(config.clips).toEqual({ count: 5, minSeconds: 15, maxSeconds: 60 });
  expect(config.chat).toEqual({});
  expect(canvasOf(config)).toEqual({ width: 1080, height: 1920 });
  expect(canvasOf({ ...config, render: { ...config.render, aspect: '4:5' } })).toEqual({
    width: 1080,
    height: 1350,
  });
});

it('lets variables win over the file, and flags over variables', async () => {
  await writeConfig({ clips: { count: 2, minSeconds: 10, maxSeconds: 20 }, glossary: ['Ada'] });
  const { config } = await load({
    env: {
      PATTERNPIVOT_CLIPS_COUNT: '3',
      PATTERNPIVOT_CLIPS_MIN_SECONDS: '12.5',
      PATTERNPIVOT_GLOSSARY: 'Bo, Cy',
    },
    flags: [{ name: 'clips.count', value: 4, flag: '--count' }],
  });
  expect(config.clips).toEqual({ count: 4, minSeconds: 12.5, maxSeconds: 20 });
  expect(config.glossary).toEqual(['Bo', 'Cy']);
});

it('finds the file in a folder above, and counts folders in it from there', async () => {
  await writeConfig({ out: 'ready', workspace: 'cache' });
  const deep = join(folder, 'a', 'b "c"');
  await mkdir(deep, { recursive: true });
  const { config } = await load({ cwd: deep });
  expect(config.out).toBe(join(folder, 'ready'));
  expect(config.workspace).toBe(join(folder, 'cache'));
  const flagged = await load({ cwd: deep, flags: [{ name: 'out', value: 'here', flag: '--out' }] });
  expect(flagged.config.out).toBe(join(deep, 'here'));
});

it.each([
  [{ clips: { cuont: 3 } }, /no setting clips\.cuont/, /Did you mean count\?/],
  [{ captoins: {} }, /no setting captoins/, /Did you mean captions\?/],
  [{ clips: { count: 0 } }, /clips\.count in .*pivot\.config\.json/, /How many clips/],
  [{ clips: { minSeconds: 50, maxSeconds: 40 } }, /clips\.maxSeconds.*shorter than the shortest/, /longest/],
  [{ chat: { baseUrl: 'file:///etc/passwd', model: 'x' } }, /chat\.baseUrl/, /OpenAI-compatible/],
  ['{ not json', /is not JSON/, /Mend/],
  ['[1]', /does not hold a JSON object/, /Begin/],
])('refuses %j and names the setting', async (value, message, hint) => {
  await writeConfig(value);
  await expect(load()).rejects.toMatchObject({
    code: 'input.config_invalid',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

it('refuses a secret in the file, says which variable to use, and does not repeat it', async () => {
  await writeConfig({ chat: { model: 'm', apiKey: 'sk-very-secret' } });
  const error = await load().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'input.secret_in_config',
    hint: expect.stringContaining('PATTERNPIVOT_CHAT_API_KEY'),
  });
  expect(JSON.stringify(error) + String(error)).not.toContain('sk-very-secret');
});

it('names the variable or the flag that was wrong', async () => {
  await expect(load({ env: { PATTERNPIVOT_CLIPS_COUNT: 'many' } })).rejects.toThrow(
    /PATTERNPIVOT_CLIPS_COUNT/,
  );
  await expect(load({ env: { PATTERNPIVOT_CLIPS_COUNT: '99' } })).rejects.toThrow(
    /^PATTERNPIVOT_CLIPS_COUNT/,
  );
  await expect(load({ flags: [{ name: 'clips.count', value: 99, flag: '--count' }] })).rejects.toThrow(
    /^--count/,
  );
});

it('warns of a variable that sets nothing', async () => {
  const { warnings } = await load({ env: { PATTERNPIVOT_CLIP_COUNT: '3', PATTERNPIVOT_DEBUG: '1' } });
  expect(warnings).toEqual([
    'The variable PATTERNPIVOT_CLIP_COUNT sets nothing. Did you mean PATTERNPIVOT_CLIPS_COUNT?',
  ]);
});

it('says so when a named file is missing', async () => {
  await expect(load({ path: 'other.json' })).rejects.toMatchObject({ code: 'not_found.file' });
});

it('documents every setting and its variable', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  for (const setting of listSettings()) {
    expect(page, setting.name).toContain(`\`${setting.name}\``);
    expect(page, setting.variable).toContain(`\`${setting.variable}\``);
  }
});

it('does not read what is too large to be a configuration', async () => {
  await writeConfig(`{${' '.repeat(1_000_001)}}`);
  await expect(load()).rejects.toThrow(/larger than 1 MB/u);
});

it('passes over a folder that has the name of a configuration', async () => {
  await mkdir(join(folder, 'a', 'pivot.config.json'), { recursive: true });
  await writeConfig({ clips: { count: 7 } });
  const { config } = await load({ cwd: join(folder, 'a') });
  expect(config.clips.count).toBe(7);
});
