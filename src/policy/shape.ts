import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { PathStep, YamlDocument } from './document.ts';
import type { ShapeError } from './validator.js';
import { validatePolicy, validateSarefMap } from './validator.js';

const VALIDATORS = { policy: validatePolicy, 'saref map': validateSarefMap };

/** What JSON Schema can say about a document: keys, types, choices. One diagnostic per mistake. */
export function checkShape(document: YamlDocument, kind: keyof typeof VALIDATORS): Diagnostic[] {
  const validate = VALIDATORS[kind];
  validate(document.data);
  // what fails is told as itself, and once more as one of the propertyNames, or as what follows an `if`
  const errors = (validate.errors ?? []).filter(({ keyword }) => !TOLD_TWICE.includes(keyword));
  return errors
    .filter((error) => !errors.some((other) => isMeantBy(other, error)))
    .map((error) => shapeDiagnostic(document, error));
}

const TOLD_TWICE = ['propertyNames', 'if'];

/** Whether a misspelt key is what is missing: `con:` where conn: is wanted is one mistake. */
function isMeantBy(unknown: ShapeError, { keyword, params, instancePath }: ShapeError): boolean {
  if (unknown.keyword !== 'additionalProperties' || unknown.instancePath !== instancePath) return false;
  return keyword === 'required' && keysOf(unknown).near === params['missingProperty'];
}

function shapeDiagnostic(document: YamlDocument, error: ShapeError): Diagnostic {
  const { keyword, params, parentSchema, propertyName } = error;
  const path = stepsOf(error.instancePath);
  const labelled = (span: Span, text: string, help?: string): Diagnostic => ({
    code: 'SM1002',
    labels: [{ span, text }],
    help,
  });
  const at = (text: string, help?: string): Diagnostic => labelled(document.spanOf(path), text, help);
  const described = `must be ${parentSchema.description ?? 'something else'}`;
  if (propertyName !== undefined) return labelled(document.keySpanOf([...path, propertyName]), described);
  switch (keyword) {
    case 'additionalProperties': {
      const { key, known, near } = keysOf(error);
      const help = key === '<<' ? MERGE_HELP : near === undefined ? keysHelp(known) : `did you mean ${near}?`;
      return labelled(document.keySpanOf([...path, key]), 'is not a key of the language here', help);
    }
    case 'required':
      return at(`${path.length === 0 ? 'the policy ' : ''}lacks ${String(params['missingProperty'])}:`);
    case 'type': {
      const { type } = parentSchema;
      return at(typeof type === 'string' ? `must be ${nounOf(type)}` : described, typeHelp(error));
    }
    case 'const':
    case 'enum':
      return at(
        `must be ${[params['allowedValue'] ?? params['allowedValues']].flat().join(' or ')}`,
        typeHelp(error),
      );
    case 'minimum':
      return at(`must be at least ${String(params['limit'])}`);
    case 'maximum':
      return at(`must be at most ${String(params['limit'])}`);
    default:
      return at(described, typeHelp(error));
  }
}

interface Keys {
  readonly key: string;
  readonly known: readonly string[];
  readonly near: string | undefined;
}

function keysOf({ params, parentSchema }: ShapeError): Keys {
  const key = String(params['additionalProperty']);
  const known = Object.keys({ ...parentSchema.properties });
  return { key, known, near: didYouMean(key, known) };
}

const MERGE_HELP = 'YAML 1.2 has no merge keys: write out what is to be the same, or put it under defaults';

function keysHelp(known: readonly string[]): string {
  return `the keys here are ${known.join(', ')}`;
}

function nounOf(type: string): string {
  return { array: 'a list', integer: 'a whole number', object: 'a map' }[type] ?? `a ${type}`;
}

function typeHelp({ parentSchema: { type, properties }, data }: ShapeError): string | undefined {
  const isScalar = data === null || typeof data === 'number' || typeof data === 'boolean';
  if (type === 'string' && isScalar) return 'YAML reads this as a value of its own: put it in quotes';
  if (typeof data === 'string' && /^[0-9]+$/.test(data)) {
    return 'YAML reads a number in quotes as text: take the quotes away';
  }
  return type === 'object' && properties !== undefined ? keysHelp(Object.keys(properties)) : undefined;
}

/** A JSON pointer (RFC 6901) as steps. */
function stepsOf(pointer: string): PathStep[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
