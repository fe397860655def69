import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../test/fixtures/make-media.ts';
import { makeContext } from '../../test/fixtures/make-timeline.ts';
import { brandSchema } from '../domain/brand.ts';
import { hashFile } from '../media/hash-file.ts';
import { probeMedia } from '../media/probe.ts';
import { readBrand, type BrandPorts } from './load-brand.ts';

const example = fileURLToPath(new URL('../../examples/brand', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-brand-test-'));
  await copyFile(join(example, 'logo.png'), join(folder, 'logo.png'));
  const font = createRequire(import.meta.url).resolve(
    '@expo-google-fonts/anton/400Regular/Anton_400Regular.ttf',
  );
  await copyFile(font, join(folder, 'own.ttf'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ports: BrandPorts = {
  hashFile: (path, { signal }) => hashFile(path, { signal }),
  openSource: async (path, { signal }) => ({
    path,
    contentHash: await hashFile(path, { signal }),
    info: await probeMedia(path, { signal }),
  }),
};

async function readDocument(document: unknown) {
  const path = join(folder, 'brand.json');
  await writeFile(path, typeof document === 'string' ? document : JSON.stringify(document));
  return readBrand(path, ports, makeContext());
}

test('the example brand is read, defaults and all', async () => {
  const brand = await readBrand(join(example, 'brand.json'), ports, makeContext());
  expect(brand.document).toMatchObject({ name: 'Rosa & the Red Box', logo: { opacity: 1 } });
  expect(brand.logo).toMatchObject({ path: join(example, 'logo.png'), width: 240, height: 240 });
  expect(brand.logo?.contentHash).toMatch(/^sha256:[0-9a-f]{64}$/u);
  expect(brand.captionLook?.name).toBe('karaoke');
  expect(brand.intro).toBeUndefined();
});

test('the example in docs/brand.md is a brand', async () => {
  const page = await readFile(new URL('../../docs/brand.md', import.meta.url), 'utf8');
  const json = /```json brand\n(.*?)```/su.exec(page)?.[1] ?? '';
  expect(brandSchema.safeParse(JSON.parse(json)).error).toBeUndefined();
});

test('fonts, styles and films are found beside the document; how loud a film is, is measured', async () => {
  await mkdir(join(folder, 'films'), { recursive: true });
  await makeMedia({
    path: join(folder, 'films/in.mp4'),
    durationMs: 1500,
    tone: '0.1*sin(2*PI*997*t)',
  });
  await makeMedia({ path: join(folder, 'films/out.mp4'), durationMs: 1000, tone: 'none' });
  await writeFile(
    join(folder, 'own-style.json'),
    JSON.stringify((await readBrand(join(example, 'brand.json'), ports, makeContext())).captionLook),
  );
  const brand = await readDocument({
    version: 1,
    fonts: { captions: 'own.ttf', title: './own.ttf' },
    captions: './own-style.json',
    intro: 'films/in.mp4',
    outro: 'films/out.mp4',
  });
  expect(brand.captionFont).toMatchObject({ id: 'brand-captions', path: join(folder, 'own.ttf') });
  expect(brand.titleFont?.id).toBe('brand-title');
  expect(brand.captionLook?.name).toBe('karaoke');
  // A sine of 0.1 has −23 dBFS of mean power; EBU R128 says about as much in LUFS, 3 more in stereo.
  expect(brand.intro?.integratedLufs).toBeGreaterThan(-25);
  expect(brand.intro?.integratedLufs).toBeLessThan(-17);
  expect(brand.outro).toMatchObject({ integratedLufs: undefined, info: { durationMs: 1000 } });
});

test.each([
  ['{"version": 1,', 'input.brand_invalid', 'not JSON'],
  [{ version: 2 }, 'input.brand_invalid', 'version'],
  [{ version: 1, colours: {} }, 'input.brand_invalid', 'colours'],
  [{ version: 1, colors: { accent: 'red' } }, 'input.brand_invalid', 'colors.accent'],
  [{ version: 1, logo: { path: 'logo.png', width: 3 } }, 'input.brand_invalid', 'logo.width'],
  [{ version: 1, captions: 'pup' }, 'input.caption_style_unknown', '"captions"'],
  [{ version: 1, logo: { path: 'gone.png' } }, 'not_found.file', '"logo.path"'],
  [{ version: 1, logo: { path: '.' } }, 'input.not_a_file', '"logo.path"'],
  [{ version: 1, logo: { path: 'brand.json' } }, 'input.picture_invalid', '"logo.path"'],
  [{ version: 1, fonts: { title: 'logo.png' } }, 'input.font_invalid', '"fonts.title"'],
  [{ version: 1, fonts: { captions: 'gone.ttf' } }, 'not_found.file', '"fonts.captions"'],
  [{ version: 1, intro: 'brand.json' }, /^input\./u, '"intro"'],
  [{ version: 1, outro: 'gone.mp4' }, /^(?:input|not_found)\./u, '"outro"'],
])('a brand with a mistake says where: %j', async (document, code, place) => {
  const error: unknown = await readDocument(document).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: typeof code === 'string' ? code : expect.stringMatching(code),
    message: expect.stringContaining(place),
    hint: expect.any(String),
  });
});

test('an intro of sound alone and one that runs for minutes are refused', async () => {
  await makeMedia({ path: join(folder, 'sound.wav'), durationMs: 1000, pattern: 'none' });
  await makeMedia({
    path: join(folder, 'long.mp4'),
    durationMs: 61_500,
    width: 32,
    height: 32,
    frameRate: '5',
    tone: 'none',
  });
  await expect(readDocument({ version: 1, intro: 'sound.wav' })).rejects.toMatchObject({
    code: 'input.film_without_picture',
  });
  await expect(readDocument({ version: 1, outro: 'long.mp4' })).rejects.toMatchObject({
    code: 'input.film_too_long',
  });
});
