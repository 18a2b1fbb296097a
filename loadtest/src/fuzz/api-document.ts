/* What the fuzzer takes from the API's description. Nothing about single routes is known beside it. */

export interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  example?: unknown;
  examples?: unknown[];
  format?: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

export interface Response {
  description: string;
  content?: Record<string, { schema: Schema }>;
}

export interface Operation {
  operationId: string;
  method: string;
  /** With its parameters: `/api/wallets/{id}`. */
  path: string;
  parameters: Parameter[];
  body: Schema | undefined;
  /** Roles of which one is needed; null: anybody may. */
  roles: readonly string[] | null;
  responses: Record<string, Response>;
}

interface DocumentedOperation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  security?: { bearer?: string[] }[];
  responses: Record<string, Response>;
}

export interface ApiDescription {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema> };
}

export function operationsOf(api: ApiDescription): Operation[] {
  return Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, parameters = [], requestBody, security, responses }]) => ({
      ...{ operationId, path, parameters, responses },
      method: method.toUpperCase(),
      body: requestBody?.content['application/json']?.schema,
      roles: security?.[0]?.bearer ?? null,
    })),
  );
}
