import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { GateFinding, GateFix } from '../../domain/gate.ts';
import { postSchema, type Post } from '../../domain/post.ts';
import type { FoundFilm } from '../queue/films.ts';
import { pathOf, readPapers, type Papers } from '../queue/papers.ts';
import { readTextFile } from '../read-text.ts';

/** A film's papers as the gate reads them: a post whose words are too long is read all the same, and said to be so. */

/** What limits a post has in our own form, and which of them can be mended. */
const mendable = ['title', 'description', 'tags'] as const;

const longTextSchema = z.string().max(1_000_000);

/** A post whose words nobody has counted. */
const longPostSchema = postSchema.extend({
  title: longTextSchema,
  description: longTextSchema,
  tags: z.array(longTextSchema).max(10_000),
});

/** Papers, and what is wrong with their form. */
export type ClipPapers = Papers & { readonly findings: readonly GateFinding[] };

/** Reads what lies beside a film. @throws input.post_invalid, input.timeline_invalid */
export async function readClipPapers(film: FoundFilm): Promise<ClipPapers> {
  const { post: name, ...others } = film.files;
  const { timeline } = await readPapers({ ...film, files: others });
  const path = pathOf(film, 'post');
  if (name === undefined || path === undefined) return { post: undefined, timeline, findings: [] };
  const value = parseJson(await readTextFile(path, { maxBytes: 4_000_000 }));
  const strict = postSchema.safeParse(value);
  if (strict.success) return { post: strict.data, timeline, findings: [] };
  const lenient = longPostSchema.safeParse(value);
  if (!lenient.success) {
    const [issue] = lenient.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    throw new PatternPivotError('input.post_invalid', `${path} is no post: ${where}${issue?.message ?? ''}`, {
      hint: 'Mend it, or move it away: then the film is called as its file.',
      context: { path },
    });
  }
  const post: Post = lenient.data;
  return { post, timeline, findings: judgeForm(name, post) };
}

/** What no post of ours may be, whatever platforms take. */
function judgeForm(name: string, post: Post): GateFinding[] {
  return mendable.flatMap((part): GateFinding[] => {
    const parsed = postSchema.shape[part].safeParse(post[part]);
    if (parsed.success) return [];
    const isEmpty = part === 'title' && post.title.trim() === '';
    const text = {
      title: isEmpty
        ? `There is no title in ${name}.`
        : `The title in ${name} has ${post.title.length} characters; 100 are taken everywhere.`,
      description: `The description in ${name} has ${post.description.length} characters; 5000 are taken.`,
      tags: `In ${name} there are ${post.tags.length} tags; at most 15 of 1 to 60 characters are taken.`,
    }[part];
    const rule = {
      title: isEmpty ? 'title_missing' : 'title_length',
      description: 'description_length',
      tags: 'tags_length',
    }[part];
    const fix: GateFix = part;
    return [
      {
        rule,
        severity: 'stops',
        text,
        mend: part === 'title' && isEmpty ? 'Write one.' : 'Shorten it.',
        fix,
      },
    ];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
