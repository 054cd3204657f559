import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { PathStep, YamlDocument } from './document.ts';
import type { ShapeError } from './validator.js';
import { validateShape } from './validator.js';

/** What JSON Schema can say about a document: keys, types, choices. One diagnostic per mistake. */
export function checkShape(document: YamlDocument): Diagnostic[] {
  if (validateShape(document.data)) return [];
  return (validateShape.errors ?? []).filter(isOwnError).map((error) => shapeDiagnostic(document, error));
}

/** The branches of an anyOf fail one by one before the anyOf does; the last says it all. */
function isOwnError({ schemaPath }: ShapeError): boolean {
  return !/\/anyOf\/\d/.test(schemaPath);
}

function shapeDiagnostic(document: YamlDocument, error: ShapeError): Diagnostic {
  const path = stepsOf(error.instancePath);
  const at = (text: string, help?: string): Diagnostic => ({
    code: 'SM1002',
    labels: [{ span: document.spanOf(path), text }],
    help,
  });
  const { keyword, params, parentSchema } = error;
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys(parentSchema.properties ?? {});
      const near = didYouMean(key, known);
      return {
        code: 'SM1002',
        labels: [{ span: document.keySpanOf([...path, key]), text: 'is not a key of the language here' }],
        help: near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${near}?`,
      };
    }
    case 'propertyNames':
      return {
        code: 'SM1002',
        labels: [
          {
            span: document.keySpanOf([...path, String(params['propertyName'])]),
            text: 'is not a usable name',
          },
        ],
      };
    case 'required':
      return at(`lacks ${String(params['missingProperty'])}:`);
    case 'anyOf':
      return at('needs src, dst or both');
    case 'type':
      return at(`must be ${[parentSchema.type ?? []].flat().map(nounOf).join(' or ')}`, quotingHelp(error));
    case 'const':
    case 'enum':
      return at(`must be ${[params['allowedValue'] ?? params['allowedValues']].flat().join(' or ')}`);
    case 'minimum':
      return at(`must be at least ${String(params['limit'])}`);
    case 'maximum':
      return at(`must be at most ${String(params['limit'])}`);
    default:
      return at(`must be ${parentSchema.description ?? 'something else'}`);
  }
}

function nounOf(type: string): string {
  return { array: 'a list', integer: 'a whole number', object: 'a map' }[type] ?? `a ${type}`;
}

function quotingHelp({ parentSchema, data }: ShapeError): string | undefined {
  const isScalar = data === null || typeof data === 'number' || typeof data === 'boolean';
  return parentSchema.type === 'string' && isScalar
    ? 'YAML reads this as a value of its own: put it in quotes'
    : undefined;
}

/** A JSON pointer (RFC 6901) as steps. */
function stepsOf(pointer: string): PathStep[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
