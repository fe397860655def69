import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';

/**
 * Fails when something that `src/` exports has no docstring: functions, constants, types, interfaces and classes.
 * A type beside the schema that it is inferred from (`export type X = z.infer<typeof xSchema>`) shares that
 * schema's docstring; a re-export belongs to the file that it comes from.
 */

const root = new URL('..', import.meta.url).pathname;
const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${root}tsconfig.build.json`, (path) => readFileSync(path, 'utf8')).config,
  ts.sys,
  root,
);

/** Whether a statement has the modifier `export`. */
function isExported(node: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** Whether a comment that starts with `/**` stands right before a statement and says something. */
function isDocumented(node: ts.Node): boolean {
  return ts
    .getJSDocCommentsAndTags(node)
    .some((doc) => ts.isJSDoc(doc) && (ts.getTextOfJSDocComment(doc.comment) ?? '').trim() !== '');
}

/** The names that a statement declares. */
function declaredNames(node: ts.Statement): string[] {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map((declaration) => declaration.name.getText());
  }
  if (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  ) {
    return [node.name?.text ?? 'default'];
  }
  return [];
}

const isInferredFromSchema = (node: ts.Statement) =>
  ts.isTypeAliasDeclaration(node) && /\bz\.(?:infer|output|input)<typeof /u.test(node.type.getText());

const missing: string[] = [];
for (const path of config.fileNames) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const documented = new Set<string>();
  for (const statement of source.statements) {
    const names = declaredNames(statement);
    // The overloads of one function share one docstring.
    if (isDocumented(statement)) for (const name of names) documented.add(name);
    if (!isExported(statement) || isInferredFromSchema(statement)) continue;
    for (const name of names) {
      if (documented.has(name)) continue;
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart());
      missing.push(`${relative(root, path)}:${line + 1}: ${name} is exported and has no docstring`);
    }
  }
}

for (const line of missing) console.error(line);
if (missing.length > 0) process.exitCode = 1;
