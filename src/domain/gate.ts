import { z } from 'zod';

/** What can be mended by the program itself. */
export const gateFixes = [
  'title',
  'description',
  'tags',
  'loudness',
  'captions',
  'synthetic-mark',
  'render',
] as const;
/** What can be mended by the program itself. */
export type GateFix = (typeof gateFixes)[number];

/** Something that is wrong with a video that is to be published. */
export const gateFindingSchema = z.strictObject({
  /** `title_length`, `near_duplicate`: docs/checking.md names them all. */
  rule: z.string().regex(/^[a-z][a-z_]*$/u),
  /** `stops`: it is not published so, unless a person overrules it. */
  severity: z.enum(['stops', 'warns']),
  /** What is wrong, and by how much. */
  text: z.string(),
  /** How to mend it. */
  mend: z.string(),
  /** Which platform minds; left out where all do. */
  platform: z.string().optional(),
  /** Where in the film, in ms, half-open. */
  startMs: z.int().nonnegative().optional(),
  endMs: z.int().nonnegative().optional(),
  /** Where in the picture, in px of it; `right` and `bottom` are the far edges. */
  box: z
    .strictObject({
      left: z.int().nonnegative(),
      top: z.int().nonnegative(),
      right: z.int().nonnegative(),
      bottom: z.int().nonnegative(),
    })
    .optional(),
  /** What `--fix` would do. */
  fix: z.enum(gateFixes).optional(),
});
export type GateFinding = Readonly<z.infer<typeof gateFindingSchema>>;

/** A person's word against a finding. */
export const overruleSchema = z.strictObject({
  rule: z.string(),
  why: z.string().min(1).max(500),
  /** ISO 8601. */
  at: z.iso.datetime(),
});
export type Overrule = Readonly<z.infer<typeof overruleSchema>>;

/** What the gate says of one video. */
export const gateReportSchema = z.strictObject({
  version: z.literal(1),
  status: z.enum(['passed', 'stopped']),
  contentHash: z.string(),
  platforms: z.array(z.string()),
  /** The worst first. */
  findings: z.array(gateFindingSchema),
  overruled: z.array(overruleSchema),
});
export type GateReport = Readonly<z.infer<typeof gateReportSchema>>;

/** Puts findings together: what is overruled stops nothing, and stays to be seen. */
export function makeGateReport(
  contentHash: string,
  platforms: readonly string[],
  findings: readonly GateFinding[],
  overruled: readonly Overrule[],
): GateReport {
  const isOverruled = ({ rule }: GateFinding) => overruled.some((one) => one.rule === rule);
  const rank = (finding: GateFinding) => (finding.severity === 'stops' && !isOverruled(finding) ? 0 : 1);
  return {
    version: 1,
    status: findings.some((finding) => rank(finding) === 0) ? 'stopped' : 'passed',
    contentHash,
    platforms: [...platforms],
    findings: findings.toSorted((a, b) => rank(a) - rank(b)),
    overruled: overruled.filter(({ rule }) => findings.some((finding) => finding.rule === rule)),
  };
}
