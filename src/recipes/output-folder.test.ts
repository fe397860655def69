import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFileName } from '../domain/temporary-name.ts';
import { openOutputFolder, openSourceFolder } from './output-folder.ts';
import { besideName, clipNameFor, folderNameFor } from './output-names.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'pivot out '));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const source = (path: string, digit: string) => ({ path, contentHash: `sha256:${digit.repeat(64)}` });
const visible = async (folder: string) =>
  (await readdir(folder)).filter((name) => !name.startsWith('.')).toSorted();
const read = (folder: string, name: string) => readFile(join(folder, name), 'utf8');

it('replaces its own files, and leaves one alone that is as it should be', async () => {
  const folder = await openOutputFolder(parent, 'make');
  expect(await folder.placeText('01-a.srt', 'one')).toEqual({ name: '01-a.srt', isNew: true });
  const again = await openOutputFolder(parent, 'make');
  expect(await again.placeText('01-a.srt', 'one')).toEqual({ name: '01-a.srt', isNew: false });
  expect(await again.placeText('01-a.srt', 'two')).toEqual({ name: '01-a.srt', isNew: true });
  expect(await read(parent, '01-a.srt')).toBe('two');
  expect(await visible(parent)).toEqual(['01-a.srt']);
});

it('never overwrites what a person edited: the new one appears beside it, also when that was edited too', async () => {
  const folder = await openOutputFolder(parent, 'make');
  await folder.placeText('01-a.timeline.json', '1');
  await writeFile(join(parent, '01-a.timeline.json'), 'mine');
  expect(await folder.placeText('01-a.timeline.json', '2')).toEqual({
    name: '01-a.new.timeline.json',
    keptName: '01-a.timeline.json',
    isNew: true,
  });
  await folder.placeText('01-a.timeline.json', '3');
  expect(await read(parent, '01-a.new.timeline.json')).toBe('3');
  await writeFile(join(parent, '01-a.new.timeline.json'), 'mine too');
  expect((await folder.placeText('01-a.timeline.json', '4')).name).toBe('01-a.new-2.timeline.json');
  expect(await read(parent, '01-a.timeline.json')).toBe('mine');
  expect(await read(parent, '01-a.new.timeline.json')).toBe('mine too');
});

it('keeps what it has never seen, a folder in its way, and everything when the manifest is damaged', async () => {
  await writeFile(join(parent, 'index.html'), 'somebody else');
  await mkdir(join(parent, '01-a.jpg'));
  const folder = await openOutputFolder(parent, 'make');
  expect((await folder.placeText('index.html', 'ours')).name).toBe('index.new.html');
  expect((await folder.placeText('01-a.jpg', 'ours')).name).toBe('01-a.new.jpg');
  await folder.placeText('02-b.srt', 'ours');
  await writeFile(join(parent, '.pivot-manifest.json'), '{"version":1,"files":{"../x":');
  expect((await folder.placeText('02-b.srt', 'ours, changed')).name).toBe('02-b.new.srt');
});

it('makes a file again that was deleted', async () => {
  const folder = await openOutputFolder(parent, 'make');
  await folder.placeText('a.srt', '1');
  await rm(join(parent, 'a.srt'));
  expect(await folder.placeText('a.srt', '1')).toEqual({ name: 'a.srt', isNew: true });
});

it('knows its own file when it was killed between writing it and noting that', async () => {
  const folder = await openOutputFolder(parent, 'make');
  await folder.placeText('a.srt', '1');
  const manifestPath = join(parent, '.pivot-manifest.json');
  const before = JSON.parse(await readFile(manifestPath, 'utf8'));
  await folder.placeText('a.srt', '2');
  const after = JSON.parse(await readFile(manifestPath, 'utf8'));
  before.files['a.srt'].next = after.files['a.srt'].sha256;
  await writeFile(manifestPath, JSON.stringify(before));
  expect(await folder.placeText('a.srt', '3')).toEqual({ name: 'a.srt', isNew: true });
});

it('does not let make replace what a person had rendered from their own timeline', async () => {
  await (await openOutputFolder(parent, 'make')).placeText('01-a.mp4', 'planned');
  await (await openOutputFolder(parent, 'render')).placeText('01-a.mp4', 'edited');
  expect(await read(parent, '01-a.mp4')).toBe('edited');
  const placed = await (await openOutputFolder(parent, 'make')).placeText('01-a.mp4', 'planned');
  expect(placed).toEqual({ name: '01-a.new.mp4', keptName: '01-a.mp4', isNew: true });
});

it('removes the unfinished files of a killed run and its own, and no others', async () => {
  const dead = temporaryFileName('.mp4').replace(`-${process.pid}-`, '-999999999-');
  await writeFile(join(parent, dead), 'half');
  await writeFile(join(parent, '.hidden.part'), 'not ours');
  const folder = await openOutputFolder(parent, 'make');
  const temporary = folder.temporaryPath('.mp4');
  await writeFile(temporary, 'half');
  await folder.close();
  expect(await readdir(parent)).toEqual(['.hidden.part']);
});

it('gives each source its own folder, tells the same name apart, and finds it again', async () => {
  const names = [];
  for (const [path, digit] of [
    ['/a/talk.mp4', '1'],
    ['/b/talk.mov', '2'],
    ['/a/talk.mp4', '1'],
    ['/b/talk.mov', '2'],
  ] as const) {
    names.push(basename((await openSourceFolder(parent, source(path, digit))).path));
  }
  expect(names).toEqual(['talk', 'talk-222222', 'talk', 'talk-222222']);
});

it('stays in its folder when the same path gets new content, or the same content a new path', async () => {
  await openSourceFolder(parent, source('/a/talk.mp4', '1'));
  expect(basename((await openSourceFolder(parent, source('/a/talk.mp4', '2'))).path)).toBe('talk');
  expect(basename((await openSourceFolder(parent, source('/c/talk.mp4', '2'))).path)).toBe('talk');
});

it.each([
  ['/x/My "best" talk\n🎬.mp4', 'My best talk 🎬'],
  ['/x/..mp4', 'source'],
  ['/x/.hidden.mp4', 'hidden'],
  ['/x/a\u202eb\u001b[31mc.mov', 'a b [31mc'],
  ['/x/con.mp4', 'source con'],
  [`/x/${'é'.repeat(200)}.mp4`, 'é'.repeat(60)],
])('names a folder for %j', (path, name) => {
  expect(folderNameFor(path)).toBe(name);
});

it('names a clip by its number and its words', () => {
  expect(clipNameFor(1, "Why don't we … ask?!")).toBe('01-why-dont-we-ask');
  expect(clipNameFor(12, '🎬🎬')).toBe('12-clip');
  expect(clipNameFor(3, 'word '.repeat(40)).length).toBeLessThan(60);
  expect(clipNameFor(3, 'Größe und Maß')).toBe('03-größe-und-maß');
});

it('names the file beside an edited one', () => {
  expect(besideName('01-a.timeline.json')).toBe('01-a.new.timeline.json');
  expect(besideName('01-a.post.json', 2)).toBe('01-a.new-2.post.json');
  expect(besideName('01-a.jpg')).toBe('01-a.new.jpg');
});
