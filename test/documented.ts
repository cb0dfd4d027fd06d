/** Nothing that a program may use is without a word: every export of the library, and every member of its types. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** What package.json offers, and where it stands. */
const entries = ['src/index.ts', 'src/predict/node.ts', 'src/predict/index.ts'];

type Declared = ts.DeclarationStatement | ts.VariableStatement;

const parsed = new Map<string, ts.SourceFile>();
function sourceOf(file: string): ts.SourceFile {
  const source =
    parsed.get(file) ?? ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  parsed.set(file, source);
  return source;
}

const isDocumented = (node: ts.Node) =>
  ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && (doc.comment ?? doc.tags) !== undefined);

/** The names that a statement declares. */
function namesOf(node: ts.Statement): string[] {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map((one) => one.name.getText());
  const name = (node as Partial<ts.DeclarationStatement>).name;
  return name === undefined ? [] : [name.getText()];
}

/** Where a name of a file is declared: there, or where the file has it from. All declarations of it, as of overloads. */
function declarationsOf(file: string, name: string): Declared[] {
  const { statements } = sourceOf(file);
  const own = statements.filter((node) => !ts.isExportDeclaration(node) && namesOf(node).includes(name));
  if (own.length > 0) return own as Declared[];
  return statements.flatMap((node) => {
    if (!ts.isExportDeclaration(node) && !ts.isImportDeclaration(node)) return [];
    const from = fromOf(file, node);
    const names = ts.isExportDeclaration(node) ? node.exportClause : node.importClause?.namedBindings;
    if (from === undefined) return [];
    // `export … *`
    if (names === undefined) return ts.isExportDeclaration(node) ? declarationsOf(from, name) : [];
    if (!ts.isNamedExports(names) && !ts.isNamedImports(names)) return [];
    const found = [...names.elements].find((one) => one.name.text === name);
    return found === undefined ? [] : declarationsOf(from, (found.propertyName ?? found.name).text);
  });
}

function fromOf(file: string, node: ts.ExportDeclaration | ts.ImportDeclaration): string | undefined {
  const { moduleSpecifier } = node;
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return undefined;
  return moduleSpecifier.text.startsWith('.')
    ? join(dirname(file), moduleSpecifier.text.replace(/\.js$/, '.ts'))
    : undefined;
}

/** What a program sees of a type beside its name: members of interfaces, classes, and of types that are such objects. */
function membersOf(node: Declared): ts.Node[] {
  if (ts.isInterfaceDeclaration(node)) return [...node.members];
  if (ts.isClassDeclaration(node)) {
    const isHidden = (one: ts.ClassElement) =>
      ts.isConstructorDeclaration(one) ||
      (ts.getCombinedModifierFlags(one) & ts.ModifierFlags.Private) !== 0 ||
      (one.name !== undefined && ts.isPrivateIdentifier(one.name));
    return node.members.filter((one) => !isHidden(one));
  }
  return ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type) ? [...node.type.members] : [];
}

/** What says which event it is, and of errors which class: its value is all that there is to say. */
const isMark = (node: ts.Node) =>
  (ts.isPropertySignature(node) && node.type !== undefined && ts.isLiteralTypeNode(node.type)) ||
  (ts.isPropertyDeclaration(node) && node.name.getText() === 'name');

/** For whoever is to mend it. */
function placeOf(node: ts.Node): string {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return `${relative(root, source.fileName)}:${line + 1}`;
}

for (const entry of entries) {
  t.test(entry, async (t) => {
    const file = join(root, entry);
    const names = sourceOf(file).statements.flatMap((node) => {
      if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause))
        return node.exportClause.elements.map((one) => one.name.text);
      const isExported =
        ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      return isExported ? namesOf(node) : [];
    });
    const silent: string[] = [];
    for (const name of names) {
      const found = declarationsOf(file, name);
      if (found.length === 0) t.fail(`${name} is declared nowhere`);
      else if (!found.some(isDocumented)) silent.push(`${name} (${placeOf(found[0])})`);
      for (const member of found.flatMap(membersOf)) {
        const own = (member as Partial<ts.PropertySignature>).name?.getText() ?? member.getText();
        if (!isMark(member) && !isDocumented(member)) silent.push(`${name}.${own} (${placeOf(member)})`);
      }
    }
    t.ok(names.length > 5, `${names.length} names`);
    t.same(silent, [], 'each has a docstring');
  });
}
