import { captionLookSchema, type CaptionLook } from '../domain/caption-look.ts';
import { captionStyleNames, lookOf } from '../domain/caption-style.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { readTextFile } from '../recipes/read-text.ts';
import { askDidYouMean } from './did-you-mean.ts';

/** A style's file is never larger than this, in bytes. */
const maxStyleBytes = 100_000;

/**
 * The look that `--captions` or a setting means: a carried style by name, or the JSON file of one; undefined for `none`.
 * @throws input.caption_style_unknown, input.caption_style_invalid with the place of each mistake, not_found.file
 */
export async function readCaptionLook(value: string): Promise<CaptionLook | undefined> {
  if (captionStyleNames.includes(value)) return lookOf({ style: value });
  if (!/[./\\]/u.test(value)) {
    throw new PatternPivotError('input.caption_style_unknown', `There is no caption style "${value}".`, {
      hint: `${askDidYouMean(value, captionStyleNames)} There are ${captionStyleNames.join(', ')}, or name the JSON file of one.`.trim(),
      context: { style: value },
    });
  }
  const invalid = (mistakes: readonly string[]) =>
    new PatternPivotError(
      'input.caption_style_invalid',
      `${value} is no caption style: ${mistakes.join('; ')}`,
      {
        hint: 'docs/captions.md describes every field.',
        context: { path: value, mistakes },
      },
    );
  let json: unknown;
  try {
    json = JSON.parse(await readTextFile(value, { maxBytes: maxStyleBytes }));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid([`it is not JSON (${error.message})`]);
    throw error;
  }
  const parsed = captionLookSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues
      .slice(0, 10)
      .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}
