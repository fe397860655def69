import { readFile, writeFile } from 'node:fs/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Script } from '../../domain/script.ts';
import type { Images } from '../../ports/images.ts';
import type { Canvas } from '../../stages/captions/safe-box.ts';
import type { MadePicture } from '../../stages/assemble/assemble.ts';
import type { FontFile } from '../../domain/timeline.ts';
import { drawPictures, type PictureAtHand, type PictureWish } from '../../stages/picture/draw-pictures.ts';
import { writeLabel } from '../../stages/picture/front-script.ts';
import { pickKeyWords } from '../../stages/picture/key-words.ts';
import type { Palette } from '../../stages/picture/palette.ts';
import { writePrompt, type ImageLook } from '../../stages/picture/prompt.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { Library } from '../library/library.ts';
import type { LocatePorts } from '../library/locate.ts';
import type { MakePorts } from '../make-request.ts';
import type { OutputFolder } from '../output-folder.ts';
import { gatherStills, type Still } from './gather-stills.ts';
import { placeMedia } from './place-media.ts';

/** How a short is illustrated. */
export type Illustration = {
  readonly canvas: Canvas;
  readonly palette: Palette;
  readonly fonts: readonly FontFile[];
  /** Makes the pictures; left out, the sources' own are designed. */
  readonly images?: Images | undefined;
  readonly imageLook: ImageLook;
  /** Whether pictures are made from the sources' own, where the model can. */
  readonly isFromStills: boolean;
};

/** Counted up when the same request should be sent again. */
const imageVersion = 1;

/** What draws designs: a screenshot that is cropped, coloured and lettered is still one. */
const designer = 'design-1';

/** Of what nobody but the creator made. */
const ownTerms = "The creator's own recording";

/** One picture for each line, in the folder's `media`. @throws what the image model throws, but that it will not make one picture */
export async function illustrate(
  library: Library,
  script: Script,
  how: Illustration,
  folder: OutputFolder,
  ports: Pick<MakePorts, 'openSource' | 'cache'> & LocatePorts,
  context: RecipeContext,
): Promise<MadePicture[]> {
  const pathFor = (ending: string) => folder.temporaryPath(ending);
  const stills = await gatherStills(library, script, how.canvas, pathFor, ports, context);
  const made = await makeImages(script, stills, how, pathFor, ports, context);
  const numbers = numberLines(script);
  const wishes = script.lines.map((line, index): PictureWish => {
    const still = stills[index];
    const picture = made[index]?.picture ?? (still === undefined ? undefined : atHand(still));
    return {
      picture,
      lettering: {
        label: labelOf(still, made[index]),
        number: numbers[index],
      },
      words: pickKeyWords(line.text),
    };
  });
  return runStep(
    context,
    'draw',
    async (step) => {
      const drawn = await drawPictures(wishes, how, pathFor, ports, step);
      const pictures: MadePicture[] = [];
      for (const [index, { form, back, front, focus }] of drawn.entries()) {
        const provenance = made[index]?.provenance ?? provenanceOf(stills[index]);
        const place = async (file: Canvas & { readonly path: string }, ending: string) => ({
          ...(await placeMedia(file.path, ending, folder, ports, step)),
          provenance,
          width: file.width,
          height: file.height,
        });
        pictures.push({
          form,
          focus,
          back: await place(back, 'jpg'),
          ...(front === undefined ? {} : { front: { ...(await place(front, 'png')), place: front.place } }),
        });
      }
      return pictures;
    },
    { detail: (pictures) => `${pictures.length} pictures` },
  );
}

function atHand(still: Still): PictureAtHand {
  const { path, contentHash, subject, isWritten, asset } = still;
  return { path, contentHash, subject, isWritten, sameAs: asset.id, isGraded: !isWritten };
}

/** Says where a picture is from; of a made one that could be taken for real, that it was made. */
function labelOf(still: Still | undefined, made: MadeImage | undefined): string | undefined {
  if (made !== undefined) return made.provenance.isRealistic ? 'Made by a machine' : undefined;
  return still === undefined ? undefined : writeLabel(still.asset.title, still.atMs);
}

/** Numbers the points of a list. */
function numberLines({ format, lines }: Script): (number | undefined)[] {
  let count = 0;
  const points = lines.filter(({ role }) => role === 'build').length;
  return lines.map(({ role }) => (format === 'list' && role === 'build' && points > 1 ? ++count : undefined));
}

function provenanceOf(still: Still | undefined): Provenance {
  return {
    kind: still === undefined ? 'picture' : 'screenshot',
    madeBy: designer,
    licence: ownTerms,
    mayEarnMoney: true,
    isSynthetic: false,
    isRealistic: false,
    ...(still === undefined ? {} : { from: fromOf(still) }),
  };
}

function fromOf({ asset, receipt }: Still) {
  return [{ contentHash: asset.contentHash, startMs: receipt.startMs, endMs: receipt.endMs }];
}

type MadeImage = { readonly picture: PictureAtHand; readonly provenance: Provenance };

/** Pictures by the image model, one a line. One that it will not make is the source's own, with a note; paid ones are kept. */
async function makeImages(
  script: Script,
  stills: readonly (Still | undefined)[],
  { images, imageLook, isFromStills, canvas, palette }: Illustration,
  pathFor: (ending: string) => string,
  ports: Pick<MakePorts, 'cache'> & LocatePorts,
  context: RecipeContext,
): Promise<(MadeImage | undefined)[]> {
  if (images === undefined) return [];
  return runStep(
    context,
    'picture',
    async (step) => {
      const made: (MadeImage | undefined)[] = [];
      for (const [index, line] of script.lines.entries()) {
        step.report({ done: index, total: script.lines.length, unit: 'pictures' });
        const still = isFromStills && images.canEdit ? stills[index] : undefined;
        const prompt = writePrompt({
          sentence: line.text,
          passage: undefined,
          topic: script.topic,
          look: imageLook,
          colors: [palette.deep, palette.mid, palette.glow, palette.accent],
          isEdit: still !== undefined,
        });
        const path = pathFor('.png');
        try {
          await ports.cache.rememberFile(
            {
              name: 'image',
              version: imageVersion,
              inputs: { model: images.model, prompt, canvas, from: still?.contentHash },
              run: async (temporary) => {
                const from =
                  still === undefined
                    ? []
                    : [{ bytes: await readFile(still.path), mediaType: 'image/png' as const }];
                const { bytes } = await images.make({ prompt, ...canvas, from, signal: step.signal });
                await writeFile(temporary, bytes);
              },
            },
            path,
          );
        } catch (error) {
          if (!(error instanceof PatternPivotError) || error.code !== 'provider.refused') throw error;
          context.emit({ event: 'note', text: `${error.message} The source's own picture takes its place.` });
          made.push(undefined);
          continue;
        }
        made.push({
          picture: {
            path,
            contentHash: await ports.hashFile(path, step),
            subject: undefined,
            isWritten: false,
            sameAs: undefined,
            isGraded: false,
          },
          provenance: {
            kind: 'picture',
            madeBy: images.model,
            ...images.terms,
            isSynthetic: true,
            isRealistic: imageLook === 'photograph',
            ...(still === undefined ? {} : { from: fromOf(still) }),
          },
        });
      }
      return made;
    },
    { detail: (made) => `${made.filter((one) => one !== undefined).length} by ${images.model}` },
  );
}
