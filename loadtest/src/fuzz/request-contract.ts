import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Operation, Schema } from './api-document.js';
import { type Draft, keyIn } from './draft.js';

/** What the document says of a request: whether its body and its parameters are as described. */
export class RequestContract {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<Schema, ValidateFunction>();

  /** The places that are not as described; of a body with several forms, the whole. */
  faults({ body, parameters }: Operation, { json, query, headers }: Draft): string[] {
    const known = parameters.filter((one) => one.in === 'query');
    // Where no parameter is described, none is looked at.
    const unknown =
      known.length === 0 ? [] : query.filter(([name]) => !known.some((one) => one.name === name)).map(([name]) => name);
    const wrong = known.flatMap(({ name, required, schema }) => {
      const given = query.filter(([one]) => one === name);
      if (given.length === 0) return required ? [name] : [];
      if (given.length > 1) return [name];
      const text = given[0]?.[1] as string;
      return this.#faults(schema, schema.type === 'integer' ? Number(text) : text).length > 0 ? [name] : [];
    });
    const ofKey = parameters.find((one) => one.in === 'header' && one.name === 'Idempotency-Key');
    const [key, ...more] = headers.filter(([name]) => name.toLowerCase() === 'idempotency-key');
    if (ofKey && key && (more.length > 0 || this.#faults(ofKey.schema, keyIn(key[1])).length > 0))
      wrong.push(ofKey.name);
    const inBody = body ? this.#faults(body, json === undefined ? undefined : JSON.parse(JSON.stringify(json))) : [];
    return [...unknown, ...wrong, ...(body?.oneOf && inBody.length > 0 ? [''] : inBody)];
  }

  #faults(schema: Schema, value: unknown): string[] {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(schema);
      this.#validators.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, params }) =>
      [...instancePath.split('/').slice(1), params.missingProperty ?? params.additionalProperty ?? []].flat().join('.'),
    );
  }
}
