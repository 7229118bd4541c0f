import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openApiDocument } from '@etl/gateway/openapi-document';
import openapiTs, { astToString } from 'openapi-typescript';

const FOLDER = path.resolve(import.meta.dirname, '../generated');

/** Writes the types of the API's calls into `generated`. They come from the gateway's own OpenAPI document. */
async function main(): Promise<void> {
  const document = JSON.stringify(await openApiDocument());
  const types = await openapiTs(document, { alphabetize: true, defaultNonNullable: false });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path.join(FOLDER, 'api.ts'), astToString(types));
}

await main();
