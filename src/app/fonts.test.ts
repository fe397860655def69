import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PatternPivotError } from '../domain/errors.ts';
import { prepareFonts, prepareTimelineFonts } from '../recipes/prepare-fonts.ts';
import type { RecipeEvent } from '../recipes/events.ts';
import type { FetchedFont } from '../stages/captions/font-files.ts';
import { loadFont } from '../stages/captions/fonts.ts';
import { makeTimeline, say, toCue } from '../../test/fixtures/make-captions.ts';
import { createFontSource } from './fonts.ts';

let folder: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-fonts-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`;
}

function tarEntry(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${bytes.length.toString(8).padStart(11, '0')} `, 124);
  header.write('0', 156);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const content = Buffer.from(
  Array.from({ length: 70_001 }, (_, index) => ((index * index * 31 + index) % 253) ^ ((index >> 5) & 255)),
);
const archive = gzipSync(
  Buffer.concat([
    tarEntry('package/../../evil.ttf', Buffer.from('evil')),
    tarEntry('package/package.json', Buffer.from('{}')),
    tarEntry('package/700Bold/Small.ttf', content),
    tarEntry('package/900Black/Other.ttf', Buffer.from('other')),
    Buffer.alloc(1024),
  ]),
);

const font: FetchedFont = {
  name: 'small',
  script: 'Small',
  package: '@scope/small',
  version: '1.2.3',
  file: '700Bold/Small.ttf',
  integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
  contentHash: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  archiveBytes: archive.length,
};

function makeSource(registry: string, change: { mayDownload?: boolean; idleMs?: number } = {}) {
  return createFontSource({ folder: join(folder, 'fonts'), mayDownload: true, registry, ...change });
}

const context = () => ({ signal: new AbortController().signal, report: () => {} });

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof PatternPivotError ? error.code : String(error);
}

describe('createFontSource', () => {
  it('fetches the one file of the pinned archive, once', async () => {
    const asked: (string | undefined)[] = [];
    const registry = await serve((request, response) => {
      asked.push(request.url);
      response.end(archive);
    });
    const getFont = makeSource(registry);
    const got = await getFont(font, context());
    expect(got).toEqual({
      id: 'small',
      path: join(folder, 'fonts', 'Small.ttf'),
      contentHash: font.contentHash,
    });
    expect((await readFile(got.path)).equals(content)).toBe(true);
    expect(await readdir(join(folder, 'fonts'))).toEqual(['Small.ttf']);
    await getFont(font, context());
    expect(asked).toEqual(['/mirror/@scope/small/-/small-1.2.3.tgz']);
  });

  it('fetches a file that is damaged again', async () => {
    const registry = await serve((_, response) => void response.end(archive));
    const { path } = await makeSource(registry)(font, context());
    await writeFile(path, content.subarray(0, 100));
    await makeSource(registry)(font, context());
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('leaves nothing of what is not the pinned archive, is cut short, is refused or is no archive', async () => {
    const other = gzipSync(tarEntry('package/700Bold/Small.ttf', Buffer.from('another font')));
    const answers: RequestListener[] = [
      (_, response) => void response.end(other),
      (_, response) => void response.end(archive.subarray(0, archive.length >> 1)),
      (_, response) => void response.writeHead(404).end('no'),
      (_, response) => void response.end('<html>sign in</html>'),
      (_, response) => void response.end(Buffer.concat([archive, archive])),
      (_, response) => void response.destroy(),
    ];
    for (const answer of answers) {
      const registry = await serve(answer);
      expect(await codeOf(makeSource(registry)(font, context()))).toBe('provider.font');
      expect(await readdir(join(folder, 'fonts'))).toEqual([]);
      server?.closeAllConnections();
      server?.close();
    }
  });

  it('gives a silent server up, and stops when it is told to', async () => {
    const registry = await serve(
      (_, response) => void response.writeHead(200).write(archive.subarray(0, 200)),
    );
    expect(await codeOf(makeSource(registry, { idleMs: 150 })(font, context()))).toBe('provider.font');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const stopped = makeSource(registry)(font, { ...context(), signal: controller.signal });
    await expect(stopped).rejects.toThrow(/abort/iu);
    expect(await readdir(join(folder, 'fonts'))).toEqual([]);
  });

  it('asks nobody where fetching is turned off, and says where the file may be put', async () => {
    const refused = makeSource('http://127.0.0.1:1', { mayDownload: false })(font, context());
    await expect(refused).rejects.toMatchObject({
      code: 'input.font_not_fetched',
      hint: expect.stringContaining('Small.ttf'),
    });
  });
});

describe('prepareFonts', () => {
  it('asks for the fonts of a script once, and makes a note of one that cannot be had', async () => {
    const events: RecipeEvent[] = [];
    const recipe = {
      signal: new AbortController().signal,
      emit: (event: RecipeEvent) => void events.push(event),
    };
    const asked: string[] = [];
    const fonts = await prepareFonts(
      'これは日本語です 한국어',
      async ({ name }) => {
        asked.push(name);
        if (name.includes('kr'))
          throw new PatternPivotError('provider.font', 'No connection.', { hint: 'Later.' });
        return { id: name, path: '/nowhere.ttf', contentHash: font.contentHash };
      },
      recipe,
    );
    expect(asked).toEqual(['noto-sans-jp-bold', 'noto-sans-kr-bold']);
    expect(fonts.map(({ id }) => id)).toEqual(['noto-sans-jp-bold']);
    expect(events).toEqual([
      { event: 'note', text: expect.stringMatching(/Korean letters .* No connection\. Later\./u) },
    ]);
    const none = await prepareFonts('Plain words, Привет', () => Promise.reject(new Error('asked')), recipe);
    expect(none).toEqual([]);
  });
});

describe('prepareTimelineFonts', () => {
  it('finds fonts beside the document, and gets fetched ones again that are gone', async () => {
    const word = { text: '日本語です', startMs: 0, endMs: 900 };
    const timeline = makeTimeline([
      toCue([{ ...word, sourceStartMs: 0, sourceEndMs: 900, assetId: 'talk' }]),
    ]);
    const asked: string[] = [];
    const getFont = async ({ name }: FetchedFont) => {
      asked.push(name);
      return { id: name, path: '/got/it.ttf', contentHash: font.contentHash };
    };
    const recipe = { signal: new AbortController().signal, emit: () => {} };
    const { path } = loadFont('courier-prime-bold').font;
    const fonts = [
      { id: 'brand', path: relative(folder, path), contentHash: font.contentHash },
      { id: 'noto-sans-jp-bold', path: '/no/longer/here.ttf', contentHash: font.contentHash },
    ];
    const prepared = await prepareTimelineFonts({ ...timeline, fonts }, folder, getFont, recipe);
    expect(prepared.fonts?.map(({ id, path: found }) => [id, found])).toEqual([
      ['brand', path],
      ['noto-sans-jp-bold', '/got/it.ttf'],
    ]);
    expect(asked).toEqual(['noto-sans-jp-bold']);
    const plain = await prepareTimelineFonts(makeTimeline([toCue(say('plain'))]), folder, getFont, recipe);
    expect('fonts' in plain).toBe(false);
  });
});
