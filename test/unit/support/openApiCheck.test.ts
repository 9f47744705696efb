import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ApiRequest, OpenApi, openApiMisfits } from '../../support/openApiCheck.js';

const pets = {
  openapi: '3.1.0',
  servers: [{ url: 'https://api.example/v2' }],
  paths: {
    '/pets': {
      get: {
        parameters: [
          { name: 'limit', in: 'query', required: true, schema: { type: 'integer', minimum: 1 } },
          { $ref: '#/components/parameters/Kinds' },
          { name: 'filter', in: 'query', content: { 'application/json': { schema: { required: ['age'] } } } },
        ],
      },
      post: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
        },
      },
    },
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
      get: {},
    },
    '/pets/newest': { get: {} },
  },
  components: {
    parameters: {
      Kinds: {
        name: 'kinds',
        in: 'query',
        explode: false,
        schema: { type: 'array', items: { enum: ['cat', 'dog'] } },
      },
    },
    schemas: {
      Pet: {
        allOf: [{ type: 'object', properties: { name: { type: 'string' } } }],
        properties: { owner: { type: ['string', 'null'] } },
        unevaluatedProperties: false,
      },
    },
  },
};

describe('OpenApi', () => {
  const api = new OpenApi(pets);

  it('finds nothing wrong with requests that fit', () => {
    assert.deepEqual(api.misfits(get('/v2/pets?limit=3&kinds=cat,dog&filter={"age":3}')), []);
    assert.deepEqual(api.misfits(get('/v2/pets/17')), []);
    assert.deepEqual(api.misfits(get('/v2/pets/newest')), []);
    assert.deepEqual(api.misfits(post('/v2/pets', { name: 'Ada', owner: null })), []);
  });

  it('names a method, path or base path that is not described', () => {
    assert.deepEqual(api.misfits(get('/v2/dogs')), ['GET /v2/dogs is not in the description']);
    assert.deepEqual(api.misfits(get('/pets')), ['GET /pets is not in the description']);
    assert.deepEqual(api.misfits(post('/v2/pets/17', {})), ['POST /v2/pets/17 is not in the description']);
  });

  it('names parameters that are missing, unknown or of another kind', () => {
    assert.deepEqual(api.misfits(get('/v2/pets?size=1')), [
      'GET /v2/pets: unknown query parameter size',
      'GET /v2/pets: query parameter limit is missing',
    ]);
    assert.deepEqual(api.misfits(get('/v2/pets?limit=0&kinds=cow&filter={}')), [
      'GET /v2/pets: query parameter limit must be >= 1',
      'GET /v2/pets: query parameter kinds/0 must be equal to one of the allowed values (cat,dog)',
      "GET /v2/pets: query parameter filter must have required property 'age'",
    ]);
    assert.deepEqual(api.misfits(get('/v2/pets/ada')), [
      'GET /v2/pets/{id}: path parameter id must be integer',
    ]);
  });

  it('names what is wrong in a body', () => {
    assert.deepEqual(api.misfits(post('/v2/pets', { name: 7, colour: 'red' })), [
      'POST /v2/pets: body/name must be string',
      'POST /v2/pets: body must NOT have unevaluated properties (colour)',
    ]);
    assert.deepEqual(api.misfits(post('/v2/pets', undefined)), ['POST /v2/pets: the body is missing']);
    assert.deepEqual(api.misfits({ ...get('/v2/pets/newest'), body: {} }), [
      'GET /v2/pets/newest: no body is expected',
    ]);
  });

  it('takes null where OpenAPI 3.0 says nullable', () => {
    const schema = { type: 'object', properties: { owner: { type: 'string', nullable: true } } };
    const paths = { '/pets': { post: { requestBody: { content: { 'application/json': { schema } } } } } };
    const old = new OpenApi({ openapi: '3.0.3', paths });
    assert.deepEqual(old.misfits(post('/pets', { owner: null })), []);
    assert.notDeepEqual(old.misfits(post('/pets', { owner: 7 })), []);
  });
});

describe('openApiMisfits', () => {
  it('answers undefined where the description is not on this computer', async () => {
    assert.equal(await openApiMisfits('no-such-cloud.json', [get('/v2/pets')]), undefined);
  });
});

function get(address: string): ApiRequest {
  const { pathname, searchParams } = new URL(address, 'http://localhost');
  return { method: 'GET', path: pathname, query: Object.fromEntries(searchParams), body: undefined };
}

function post(path: string, body: unknown): ApiRequest {
  return { ...get(path), method: 'POST', body };
}
