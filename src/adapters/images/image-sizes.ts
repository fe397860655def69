import { PatternPivotError } from '../../domain/errors.ts';

/** Which sizes OpenAI's image models take: https://platform.openai.com/docs/api-reference/images/create (`size`). Pure; in px. */

type Size = { readonly width: number; readonly height: number };

const sizesOf = (...texts: readonly string[]): readonly Size[] => texts.map((text) => readSize(text)!);

/** By the beginning of a model's name. What is not here is asked for the sizes that most models have in common. */
const fixedSizes: readonly { readonly name: RegExp; readonly sizes: readonly Size[] }[] = [
  { name: /^dall-e-2\b/u, sizes: sizesOf('256x256', '512x512', '1024x1024') },
  { name: /^dall-e-3\b/u, sizes: sizesOf('1024x1024', '1792x1024', '1024x1792') },
];
const usualSizes = sizesOf('1024x1024', '1536x1024', '1024x1536');

/** Models that take any size on this grid, with these bounds. */
const freeSizes = {
  name: /^gpt-image-2\b/u,
  step: 16,
  mostPixels: 2560 * 1440,
  leastSide: 512,
  mostRatio: 3,
};

/** `1024x1536` as numbers; undefined for anything else. */
export function readSize(text: string): Size | undefined {
  const found = /^(\d{2,5})x(\d{2,5})$/u.exec(text);
  return found === null ? undefined : { width: Number(found[1]), height: Number(found[2]) };
}

/** The size that a model makes whose shape is nearest to the wanted one, and then the largest. */
export function chooseImageSize(model: string, wanted: Size): Size {
  if (freeSizes.name.test(model)) return fitFree(wanted);
  const ratioOf = ({ width, height }: Size) => Math.log(width / height);
  const off = (size: Size) => Math.abs(ratioOf(size) - ratioOf(wanted));
  return listSizes(model).toSorted((a, b) => off(a) - off(b) || b.width * b.height - a.width * a.height)[0]!;
}

/** Refuses a size that a model does not make. @throws input.image_size */
export function assertImageSize(model: string, size: Size): void {
  if (freeSizes.name.test(model)) {
    const { step, mostPixels, mostRatio } = freeSizes;
    const { width, height } = size;
    const ratio = Math.max(width / height, height / width);
    if (width % step === 0 && height % step === 0 && width * height <= mostPixels && ratio <= mostRatio)
      return;
    throw wrongSize(model, size, `sides of a multiple of ${step} px, at most ${mostRatio}:1 and 2560x1440`);
  }
  const sizes = listSizes(model);
  if (sizes.some(({ width, height }) => width === size.width && height === size.height)) return;
  throw wrongSize(model, size, sizes.map(({ width, height }) => `${width}x${height}`).join(', '));
}

function listSizes(model: string): readonly Size[] {
  return fixedSizes.find(({ name }) => name.test(model))?.sizes ?? usualSizes;
}

function fitFree({ width, height }: Size): Size {
  const { step, mostPixels, leastSide, mostRatio } = freeSizes;
  const ratio = Math.max(1 / mostRatio, Math.min(mostRatio, width / height));
  const area = Math.min(mostPixels, Math.max(width * height, leastSide ** 2));
  const onGrid = (value: number) => Math.max(step, step * Math.round(value / step));
  const rounded = { width: onGrid(Math.sqrt(area * ratio)), height: onGrid(Math.sqrt(area / ratio)) };
  // Rounding up may have passed the bound by a row.
  const isLarge = rounded.width * rounded.height > mostPixels;
  return isLarge ? { width: rounded.width - step, height: rounded.height - step } : rounded;
}

function wrongSize(model: string, { width, height }: Size, takes: string): PatternPivotError {
  return new PatternPivotError(
    'input.image_size',
    `${model} makes no pictures of ${width}x${height}: it takes ${takes}.`,
    { hint: 'Set images.size to one of them, or to auto.', context: { model, width, height } },
  );
}
