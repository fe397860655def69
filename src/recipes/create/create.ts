import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset } from '../../domain/library.ts';
import type { MusicMood } from '../../domain/music.ts';
import { scriptSchema, type Script } from '../../domain/script.ts';
import type { Images } from '../../ports/images.ts';
import type { Music } from '../../ports/music.ts';
import type { Voice } from '../../ports/voice.ts';
import { assembleShort } from '../../stages/assemble/assemble.ts';
import { captionNotes } from '../../stages/captions/caption-notes.ts';
import { applyBrand } from '../../stages/plan/brand.ts';
import { choosePalette } from '../../stages/picture/palette.ts';
import type { ImageLook } from '../../stages/picture/prompt.ts';
import { assertRoom, assertWritable } from '../disk-room.ts';
import { runStep, type MadeClip, type RecipeContext } from '../events.ts';
import { finishClip, formatDocument } from '../finish-clip.ts';
import { listAssets, readAsset } from '../library/assets.ts';
import type { CorpusPorts } from '../library/corpora.ts';
import type { Library } from '../library/library.ts';
import type { LocatePorts } from '../library/locate.ts';
import type { MakeOptions, MakePorts } from '../make-request.ts';
import { openOutputFolder, type OutputFolder } from '../output-folder.ts';
import { clipNameFor, folderNameFor } from '../output-names.ts';
import { prepareFonts } from '../prepare-fonts.ts';
import { illustrate } from './illustrate.ts';
import { describeShort } from './describe-short.ts';
import { makeBed, makeVoice } from './make-sound.ts';
import { writeScript, type ScriptRequest } from './script.ts';

/** What a user may ask of `create`. */
export type CreateRequest = ScriptRequest &
  Pick<MakeOptions, 'outFolder' | 'plan' | 'hasCoverTitle' | 'isPreview'> & {
    /** A script that was written before, and perhaps changed by hand: then none is written. */
    readonly script: Script | undefined;
    readonly mood: MusicMood | undefined;
    readonly imageLook: ImageLook;
    readonly isFromStills: boolean;
  };

/** What `create` needs from the world. */
export type CreatePorts = MakePorts &
  LocatePorts &
  CorpusPorts & {
    openVoice(): Promise<Voice>;
    /** Undefined: no music is wanted. */
    openMusic(): Promise<Music | undefined>;
    /** Undefined: the sources' own pictures are wanted. */
    openImages(): Promise<Images | undefined>;
  };

/** What was made, and where. */
export type CreatedShort = { readonly folder: string; readonly script: Script; readonly clip: MadeClip };

/** Counted up when the same request should be written again. */
const scriptVersion = 1;

/** Room for a film, its sound and its pictures, in bytes. */
const neededBytes = 250e6;

/**
 * Makes a new short of what a library holds on a topic: a script from what was said, a voice, pictures, music, and a checked film of them. Each
 * step's result is kept, so that a run that was stopped goes on where it was.
 * @throws not_found.topic, input.topic, what the voice, the pictures and the music throw, and what rendering throws
 */
export async function createShort(
  library: Library,
  request: CreateRequest,
  ports: CreatePorts,
  context: RecipeContext,
): Promise<CreatedShort> {
  await assertWritable(request.outFolder);
  await assertRoom([request.outFolder, ports.workspaceFolder], neededBytes);
  // Opened first: what cannot be made is said before minutes go into the rest.
  const images = await ports.openImages();
  const voice = await ports.openVoice();
  let music: Music | undefined;
  try {
    music = await ports.openMusic();
    for (const maker of [voice, music, images]) sayTerms(maker, context);
    const script = request.script ?? (await rememberScript(library, request, ports, context));
    await ports.embedder.close();
    const folder = await openOutputFolder(join(request.outFolder, folderOf(request, script)), 'make');
    try {
      await folder.placeText('script.json', formatDocument(script));
      return await makeFilm(library, script, { voice, music, images }, folder, request, ports, context);
    } finally {
      await folder.close();
    }
  } finally {
    await voice.close();
    await music?.close();
  }
}

type Makers = {
  readonly voice: Voice;
  readonly music: Music | undefined;
  readonly images: Images | undefined;
};

async function makeFilm(
  library: Library,
  script: Script,
  { voice, music, images }: Makers,
  folder: OutputFolder,
  request: CreateRequest,
  ports: CreatePorts,
  context: RecipeContext,
): Promise<CreatedShort> {
  const { plan } = request;
  const assets = await readAssets(library, script);
  const language = [...assets.values()][0]?.language;
  const text = [script.title, ...script.lines.map((line) => line.text)].join(' ');
  const fetched = await prepareFonts(
    text,
    ports.getFont,
    context,
    language === undefined ? {} : { language },
  );
  const { brand } = plan;
  const fonts = [...(brand?.captionFont === undefined ? [] : [brand.captionFont]), ...fetched];
  const canvas = { width: plan.width ?? 1080, height: plan.height ?? 1920 };
  const palette = choosePalette(hashOf(script.topic) + request.seed, brand?.document.colors?.accent);

  const spoken = await makeVoice(script, voice, folder, ports, context);
  const pictures = await illustrate(
    library,
    script,
    {
      canvas,
      palette,
      fonts,
      images,
      imageLook: request.imageLook,
      isFromStills: request.isFromStills,
    },
    folder,
    ports,
    context,
  );
  const { format, topic } = script;
  const wish = { format, mood: request.mood, seed: request.seed, topic };
  const bed = music === undefined ? undefined : await makeBed(spoken, music, wish, folder, ports, context);
  const timeline = await runStep(context, 'plan', async () => {
    const assembled = assembleShort({
      title: script.title,
      canvas,
      voice: spoken.file,
      lines: spoken.lines,
      pictures,
      music: bed,
      palette,
      captionLook: plan.captionLook,
      isEmphasised: plan.isEmphasised === true,
      fonts,
      // A brand sets its own.
      headline: brand?.document.title === undefined ? script.title : undefined,
      metadata: {
        toolVersion: ports.toolVersion,
        created: { topic, format, way: script.way, palette: palette.name, seed: request.seed },
      },
    });
    if (brand === undefined) return assembled;
    return applyBrand(assembled, brand, { title: script.title, sourceLufs: spoken.integratedLufs });
  });
  for (const note of captionNotes([timeline])) context.emit({ event: 'note', text: note });
  const post = describeShort(script, spoken.lines, assets, timeline);
  const name = clipNameFor(1, script.title);
  const { clip } = await finishClip({ name, timeline }, post, folder, request, ports, context);
  context.emit({ event: 'clip', clip });
  return { folder: folder.path, script, clip };
}

/** A script that a model wrote is kept: writing it again costs money and gives another. */
async function rememberScript(
  library: Library,
  request: CreateRequest,
  ports: CreatePorts,
  context: RecipeContext,
): Promise<Script> {
  const { topic, corpus, format, lengthMs, seed } = request;
  const asked: ScriptRequest = { topic, corpus, format, lengthMs, seed };
  const { chat } = ports;
  if (chat === undefined) return writeScript(library, asked, ports, context);
  return ports.cache.remember({
    name: 'script',
    version: scriptVersion,
    inputs: { asked, model: chat.model, library: await stampOf(library) },
    schema: scriptSchema,
    run: () => writeScript(library, asked, { ...ports, chat }, context),
  });
}

/** What a library holds, as one hash: with other words in it another script may come. */
async function stampOf(library: Library): Promise<string> {
  const hash = createHash('sha256');
  for await (const { id, transcriptKey } of listAssets(library, {})) hash.update(`${id} ${transcriptKey}\n`);
  return hash.digest('hex');
}

async function readAssets(library: Library, script: Script): Promise<Map<string, LibraryAsset>> {
  const assets = new Map<string, LibraryAsset>();
  for (const { assetId } of script.lines.flatMap(({ receipts }) => receipts)) {
    const asset = assets.has(assetId) ? undefined : await readAsset(library, assetId);
    if (asset !== undefined) assets.set(assetId, asset);
  }
  return assets;
}

/** Terms that forbid what most channels do are said before anything is made under them. */
function sayTerms(
  maker:
    | { readonly model: string; readonly terms: { readonly licence: string; readonly mayEarnMoney: boolean } }
    | undefined,
  context: RecipeContext,
): void {
  if (maker === undefined || maker.terms.mayEarnMoney) return;
  const { model, terms } = maker;
  context.emit({
    event: 'note',
    text: `${model}: under its terms (${terms.licence}) what it makes must not earn money.`,
  });
}

/** One folder a short: its topic, its format, and which of several it is. */
function folderOf({ seed }: CreateRequest, { topic, format }: Script): string {
  const number = seed === 0 ? '' : ` ${seed + 1}`;
  return folderNameFor(`${topic.slice(0, 80).replaceAll('/', ' ')}, ${format}${number}.x`);
}

function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt16BE(0);
}

/** Reads a script that was written before. @throws input.script_invalid */
export function parseScript(text: string, path: string): Script {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = scriptSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new PatternPivotError('input.script_invalid', `This is no script${where}: ${path}`, {
    hint: 'pivot script "your topic" --json > script.json writes one.',
    context: { path, problem: issue?.message },
  });
}
