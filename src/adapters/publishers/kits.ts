import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { fitTexts, platformRules, type PlatformName } from '../../domain/platforms.ts';
import type { Publication, Published, Publisher } from '../../ports/publisher.ts';

/** Kits that a person posts: a folder a film, with everything that goes into the forms of each platform. */

/** What says in a kit which film it is of. Written with the rest before the kit gets its name: a kit is whole, or not there. */
const kitSchema = z.looseObject({
  version: z.literal(1),
  itemId: z.string(),
  contentHash: z.string(),
  at: z.string(),
});

const kitFile = 'kit.json';

/** Kits in `folder`, made if need be, for these platforms. */
export function createKits(options: {
  readonly folder: string;
  readonly platforms: readonly PlatformName[];
  readonly now?: () => Date;
}): Publisher {
  const { folder, platforms, now = () => new Date() } = options;
  return {
    target: 'kits',
    async preview(publication) {
      return [
        `a kit in ${join(folder, kitName(publication))}`,
        ...platforms.map((name) => `${platformRules[name].title}: ${describeTexts(publication, name)}`),
      ];
    },
    async publish(publication, { signal, report }) {
      const there = await findKit(folder, publication.itemId);
      if (there !== undefined) return there;
      signal.throwIfAborted();
      const path = join(folder, kitName(publication));
      const temporary = join(folder, `.kit-${publication.itemId}-${randomUUID().slice(0, 8)}.part`);
      const at = now().toISOString();
      try {
        await withFileErrors(folder, async () => {
          await mkdir(temporary, { recursive: true });
          report({ share: 0, what: 'film' });
          await place(
            publication.film.path,
            join(temporary, `film${extname(publication.film.path).toLowerCase() || '.mp4'}`),
          );
          await assertWhole(
            join(temporary, `film${extname(publication.film.path).toLowerCase() || '.mp4'}`),
            publication,
          );
          if (publication.coverPath !== undefined)
            await place(
              publication.coverPath,
              join(temporary, `cover${extname(publication.coverPath).toLowerCase()}`),
            );
          if (publication.captionsPath !== undefined)
            await place(
              publication.captionsPath,
              join(temporary, `captions${extname(publication.captionsPath).toLowerCase()}`),
            );
          for (const name of platforms)
            await writeFile(join(temporary, `${name}.txt`), writeTexts(publication, name));
          await writeFile(join(temporary, 'README.md'), writeReadme(publication, platforms));
          const { itemId, film } = publication;
          const about = { version: 1, itemId, contentHash: film.contentHash, at, platforms };
          await writeFile(join(temporary, kitFile), `${JSON.stringify(about, null, 2)}\n`);
          signal.throwIfAborted();
          await rename(temporary, path);
        });
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        // Somebody else made it meanwhile.
        const made = await findKit(folder, publication.itemId);
        if (made !== undefined) return made;
        throw error;
      }
      report({ share: 1, what: 'kit' });
      return { target: 'kits', id: path, at, differences: [] };
    },
  };
}

/** `why-i-was-late-0123456789abcdef`: the words for a person, the id so that two of one title are two. */
function kitName({ title, itemId }: Publication): string {
  const words = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
  return `${[...words].slice(0, 40).join('').replaceAll(/-+$/gu, '') || 'film'}-${itemId}`;
}

/** A kit of this item that is there and whole, under whatever title it was made. */
async function findKit(folder: string, itemId: string): Promise<Published | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    if (!name.endsWith(`-${itemId}`) || name.startsWith('.')) continue;
    const text = await readFile(join(folder, name, kitFile), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const kit = kitSchema.safeParse(parseJson(text));
    if (!kit.success || kit.data.itemId !== itemId) continue;
    return { target: 'kits', id: join(folder, name), at: kit.data.at, differences: [] };
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A second name for the same file where the disk can, else a copy: a film is not stored twice. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}

async function assertWhole(path: string, { film }: Publication): Promise<void> {
  const { size } = await stat(path);
  if (size === film.sizeBytes) return;
  throw new PatternPivotError(
    'input.film_changed',
    `The film has changed since it was put into the queue: ${film.path}`,
    {
      hint: 'Take it out of the queue (pivot queue remove), check it, and put it in again.',
      context: { expected: film.sizeBytes, found: size },
    },
  );
}

/** What goes into one platform's form, in its own order. */
function writeTexts(publication: Publication, name: PlatformName): string {
  const { title, body, tags } = fitTexts(publication, name);
  if (title === undefined) return `${body}\n`;
  return ['Title', title, '', 'Description', body, '', 'Tags', (tags ?? []).join(', '), ''].join('\n');
}

function describeTexts(publication: Publication, name: PlatformName): string {
  const lines = writeTexts(publication, name).split('\n');
  return lines.find((line) => line !== '' && line !== 'Title') ?? '';
}

/** Where on each platform synthetic media are marked, in its own words. */
const syntheticSwitch: Readonly<Record<PlatformName, string>> = {
  shorts: 'Altered content: Yes',
  tiktok: 'More options → AI-generated content',
  reels: 'Add AI label',
  linkedin: 'say so in the text',
  x: 'say so in the text',
};

function writeReadme(publication: Publication, platforms: readonly PlatformName[]): string {
  const { title, publishAt, privacy, isSynthetic, isMadeForKids } = publication;
  const when = publishAt === undefined ? `as soon as you like, ${privacy}` : `at ${publishAt}`;
  const steps = platforms.flatMap((name) => {
    const rules = platformRules[name];
    return [
      `## ${rules.title}`,
      '',
      `1. Upload \`film\`, and \`cover\` and \`captions\` where it asks for them.`,
      `2. Copy the text from \`${name}.txt\`.`,
      ...(isSynthetic ? [`3. Mark what is synthetic: ${syntheticSwitch[name]}.`] : []),
      '',
    ];
  });
  return [
    `# ${title.replaceAll(/[\r\n]+/gu, ' ')}`,
    '',
    `To be posted ${when}.${isMadeForKids ? ' Made for kids.' : ''}`,
    '',
    ...steps,
    'When it is posted, tell the queue: `pivot queue list` shows it as published with this folder.',
    '',
  ].join('\n');
}
