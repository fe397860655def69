import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { PatternPivotError } from '../domain/errors.ts';
import { readTextFile } from '../recipes/read-text.ts';
import { configSchema, listSettings, type Config, type Setting } from './config.ts';
import { askDidYouMean } from './did-you-mean.ts';

/** The name that is looked for in the working folder and the folders above it. */
const fileName = 'pivot.config.json';

/** A configuration has some hundred bytes: what is larger is none. */
const maxFileBytes = 1_000_000;

/** Variables that are ours and no settings: secrets, switches, and where the test recordings lie. */
const otherVariables = new Set([
  'PATTERNPIVOT_CONFIG',
  'PATTERNPIVOT_CHAT_API_KEY',
  'PATTERNPIVOT_DEBUG',
  'PATTERNPIVOT_EMBEDDER_API_KEY',
  'PATTERNPIVOT_IMAGES_API_KEY',
  'PATTERNPIVOT_LAUNCHED',
  'PATTERNPIVOT_MUSIC_API_KEY',
  'PATTERNPIVOT_RECORDINGS',
  'PATTERNPIVOT_YOUTUBE_API_KEY',
  'PATTERNPIVOT_YOUTUBE_CLIENT_SECRET',
  'PATTERNPIVOT_VECTORS_TOKEN',
  'PATTERNPIVOT_VOICE_API_KEY',
  'PATTERNPIVOT_WEBHOOK_SECRET',
  'PATTERNPIVOT_INSTAGRAM_TOKEN',
]);

/** What a flag sets: the value at a setting's place, and the flag's name for error messages. */
export type FlagSetting = { readonly name: string; readonly value: unknown; readonly flag: string };

/** Where the configuration comes from. */
export type ConfigSources = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file named by the user; without it `pivot.config.json` is looked for. */
  readonly path?: string;
  readonly flags: readonly FlagSetting[];
};

/** The configuration, the file that it came from, and what a user should know about it. */
export type LoadedConfig = {
  readonly config: Config;
  readonly path: string | undefined;
  readonly warnings: readonly string[];
};

/**
 * Reads the configuration: defaults, then the file, then variables, then flags; the later wins.
 * Relative folders in the file count from the file, all others from the working folder.
 * @throws input.config_invalid, input.secret_in_config, not_found.file
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const settings = listSettings();
  const named = sources.path ?? emptyAsUndefined(sources.env['PATTERNPIVOT_CONFIG']);
  const path = named === undefined ? await findUpwards(sources.cwd) : resolve(sources.cwd, named);
  const values: Record<string, unknown> = path === undefined ? {} : await readConfigFile(path, settings);

  /** Who set a setting last, for error messages. */
  const origins = new Map<string, string>();
  for (const setting of settings) {
    const text = emptyAsUndefined(sources.env[setting.variable]);
    if (text === undefined) continue;
    setPlace(values, setting.name, readVariable(setting, text, sources.cwd));
    origins.set(setting.name, setting.variable);
  }
  for (const { name, value, flag } of sources.flags) {
    setPlace(values, name, isPathValue(name, value) ? resolve(sources.cwd, String(value)) : value);
    origins.set(name, flag);
  }

  const parsed = configSchema.safeParse(values);
  if (!parsed.success) throw describeIssue(parsed.error, path, origins);
  const config = { ...parsed.data, out: resolve(sources.cwd, parsed.data.out) };
  return { config, path, warnings: findUnknownVariables(sources.env, settings) };
}

async function findUpwards(start: string): Promise<string | undefined> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const path = join(folder, fileName);
    if (await isFile(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whether a file of that name lies there; a folder that may not be looked into has none for us. */
async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function readConfigFile(path: string, settings: readonly Setting[]): Promise<Record<string, unknown>> {
  const text = await readTextFile(path, { maxBytes: maxFileBytes });
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw invalid(
      `${path} is not JSON: ${(error as Error).message}`,
      { path },
      'Mend the file, or remove it.',
    );
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid(`${path} does not hold a JSON object.`, { path }, 'Begin with {"clips": {"count": 5}}.');
  }
  refuseSecrets(values, path, []);
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) throw describeIssue(parsed.error, path, new Map());
  const folder = dirname(path);
  for (const setting of settings) {
    const value = getPlace(values, setting.name);
    if (typeof value === 'string' && isPathValue(setting.name, value))
      setPlace(values, setting.name, resolve(folder, value));
  }
  return values as Record<string, unknown>;
}

/** A file is copied, shared and committed; a key must not be in it. */
function refuseSecrets(value: unknown, path: string, place: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    // A number of tokens is none.
    if (typeof child !== 'number' && /key|token|secret|password|credential/iu.test(key)) {
      throw new PatternPivotError(
        'input.secret_in_config',
        `${[...place, key].join('.')} in ${path} looks like a secret, and secrets do not belong into a file.`,
        {
          context: { path, setting: [...place, key].join('.') },
          hint: 'Remove it there, and set the variable PATTERNPIVOT_CHAT_API_KEY (or OPENAI_API_KEY) instead.',
        },
      );
    }
    refuseSecrets(child, path, [...place, key]);
  }
}

function readVariable(setting: Setting, text: string, cwd: string): unknown {
  if (isPathValue(setting.name, text)) return resolve(cwd, text);
  if (setting.type === 'list') {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  if (setting.type === 'string') return text;
  if (setting.type === 'boolean') {
    if (/^(?:true|1|yes|on)$/iu.test(text)) return true;
    if (/^(?:false|0|no|off)$/iu.test(text)) return false;
    throw invalid(`${setting.variable} is "${text}": write true or false.`, { variable: setting.variable });
  }
  const number = Number(text);
  if (!Number.isFinite(number)) {
    throw invalid(`${setting.variable} is "${text}", which is no number.`, { variable: setting.variable });
  }
  return number;
}

function describeIssue(
  error: z.ZodError,
  path: string | undefined,
  origins: ReadonlyMap<string, string>,
): PatternPivotError {
  const issue = error.issues[0];
  const place = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const prefix = place === '' ? '' : `${place}.`;
    const known = listSettings()
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name }) => name.slice(prefix.length).split('.')[0] ?? '');
    const ask = askDidYouMean(key, [...new Set(known)]);
    return invalid(
      `There is no setting ${prefix}${key} (in ${path ?? fileName}).`,
      { path, setting: prefix + key },
      ask === '' ? 'docs/configuration.md lists every setting.' : ask,
    );
  }
  const origin = origins.get(place) ?? (path === undefined ? place : `${place} in ${path}`);
  return invalid(
    `${origin}: ${issue?.message ?? 'not valid'}`,
    { path, setting: place },
    listSettings().find(({ name }) => name === place)?.description,
  );
}

function findUnknownVariables(env: ConfigSources['env'], settings: readonly Setting[]): string[] {
  const known = [...settings.map(({ variable }) => variable), ...otherVariables];
  return Object.keys(env)
    .filter((name) => name.startsWith('PATTERNPIVOT_') && !known.includes(name))
    .map((name) => `The variable ${name} sets nothing. ${askDidYouMean(name, known)}`.trim());
}

/** Settings that are always places on disk: what is relative counts from where it was written. */
const isPath = (name: string) =>
  [
    'workspace',
    'out',
    'brand',
    'library.folder',
    'embedder.folder',
    'music.folder',
    'costs.folder',
    'publish.outFolder',
    'publish.webhook.filmsFolder',
    'publish.bannedWordsFile',
    'youtube.authFolder',
    'voice.folder',
    'voice.reference',
    'ytDlp.cookiesFile',
    'screenshots.binary',
    'screenshots.driver',
  ].includes(name);

/** A caption style is a name or the file of one. */
const isPathValue = (name: string, value: unknown) =>
  isPath(name) || ((name === 'captions.style' || name === 'ytDlp.path') && /[./\\]/u.test(String(value)));

const emptyAsUndefined = (text: string | undefined) => (text === '' ? undefined : text);

function getPlace(values: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], values);
}

function setPlace(values: unknown, name: string, value: unknown): void {
  const parts = name.split('.');
  let target = values as Record<string, unknown>;
  for (const part of parts.slice(0, -1)) target = (target[part] ??= {}) as Record<string, unknown>;
  target[parts.at(-1) ?? name] = value;
}

function invalid(message: string, context: Record<string, unknown>, hint?: string): PatternPivotError {
  return new PatternPivotError('input.config_invalid', message, {
    context,
    hint: hint ?? 'docs/configuration.md lists every setting.',
  });
}
