import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactText } from './redaction.js'
import { isSensitiveKey } from './sensitive-keys.js'

const json = (text: string): ReturnType<typeof redactText> => redactText(text, { contentType: 'application/json' })
const form = (text: string): ReturnType<typeof redactText> =>
  redactText(text, { contentType: 'application/x-www-form-urlencoded; charset=utf-8' })

const within = (text: string): string => JSON.stringify({ body: text })

// An empty string is no secret, and stays.
const hidesNothingEmpty = (value: unknown): boolean => !JSON.stringify(value).includes('"secret":""')

const withoutSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === 'secret' ? '[redacted]' : withoutSecrets(member)]),
  )
}

describe('a key', () => {
  test.each([
    'password',
    'passwd',
    'user_password',
    'currentPassword',
    'PASSWORD_HASH',
    'passphrase',
    'client_secret',
    'accessToken',
    'token',
    'refresh_tokens',
    'api_key',
    'apiKey',
    'X-API-Key',
    'private_key',
    'privateKey',
    'credentials',
    'sessionId',
    'cookie',
    'set-cookie',
    'csrf',
    'xsrfToken',
    'jwt',
    'userJwt',
    'ssn',
    'user-ssn',
    'userSSN',
    'creditCard',
    'credit_card_number',
    'cardNumber',
    'cvv',
    'auth',
    'authorization',
    'Authorization',
    'oauth',
    'authorised_by',
    'user[password]',
  ])('%s holds a secret', (key) => {
    expect(isSensitiveKey(key)).toBe(true)
  })

  test.each([
    'name',
    'author',
    'authors',
    'authorName',
    'author_id',
    'authority',
    'classNames',
    'assignment',
    'lessons',
    'passenger',
    'compass',
    'discard',
    'key',
    'monkey',
    'cardinal',
    'prompt',
    'card_note',
  ])('%s does not', (key) => {
    expect(isSensitiveKey(key)).toBe(false)
  })

  test.each(['max_tokens', 'total_tokens', 'prompt_tokens_details', 'promptTokens', 'token_count', 'usage.tokens'])(
    '%s counts tokens when its value is a number or a breakdown, and holds a secret when it is text',
    (key) => {
      expect(isSensitiveKey(key, undefined, '5')).toBe(false)
      expect(isSensitiveKey(key, undefined, '{')).toBe(false)
      expect(isSensitiveKey(key, undefined, '"')).toBe(true)
    },
  )
})

test('a key of great length is decided by what may be a part of a secret one', () => {
  expect(isSensitiveKey(`${'aB'.repeat(100_000)}Password`)).toBe(true)
  expect(isSensitiveKey('aB'.repeat(100_000))).toBe(false)
  expect(json(`{"${'aB'.repeat(100_000)}":"x","${'aB'.repeat(1000)}_ssn":"y"}`).state).toBe('redacted')
})

describe('JSON', () => {
  test.each([
    ['{"user":"ada","password":"hunter2"}', '{"user":"ada","password":"[redacted]"}'],
    ['{ "password" :\n "hun\\"ter2" , "n": 1.0e5 }', '{ "password" :\n "[redacted]" , "n": 1.0e5 }'],
    ['{"pin":1,"secret":12345678901234567890}', '{"pin":1,"secret":"[redacted]"}'],
    ['{"secret":{"a":[1,"]}"]},"b":12345678901234567890}', '{"secret":"[redacted]","b":12345678901234567890}'],
    ['{"tokens":["a","b"],"tokens":["c"]}', '{"tokens":"[redacted]","tokens":"[redacted]"}'],
    ['[{"a":{"api_key":"x"}},{"api_key":-1}]', '[{"a":{"api_key":"[redacted]"}},{"api_key":"[redacted]"}]'],
    ['{"p\\u0061ssword":"x"}', '{"p\\u0061ssword":"[redacted]"}'],
    [
      '{"env":[{"name":"DB_PASSWORD","value":"x"},{"name":"A","value":"y"}]}',
      '{"env":[{"name":"DB_PASSWORD","value":"[redacted]"},{"name":"A","value":"y"}]}',
    ],
    ['[{ "key" : "api-key" ,\n "value" : { "a": 1 } }]', '[{ "key" : "api-key" ,\n "value" : "[redacted]" }]'],
    ['{"field":"p\\u0061ssword","value":1}', '{"field":"p\\u0061ssword","value":"[redacted]"}'],
    [
      '{"body":"[{\\"name\\":\\"password\\",\\"value\\":\\"x\\"}]"}',
      '{"body":"[{\\"name\\":\\"password\\",\\"value\\":\\"[redacted]\\"}]"}',
    ],
    ['{"card\\u0020number":"x"}', '{"card\\u0020number":"[redacted]"}'],
    ['{"a":"\\u0041","api\\u002Dkey":"x"}', '{"a":"\\u0041","api\\u002Dkey":"[redacted]"}'],
    ['{"body":"{\\"password\\":\\"hunter2\\",\\"a\\":1}"}', '{"body":"{\\"password\\":\\"[redacted]\\",\\"a\\":1}"}'],
    ['{"a":1}\n{"secret":"x"}\n', '{"a":1}\n{"secret":"[redacted]"}\n'],
    ['{"secret":1}', '{"secret":"[redacted]"}'],
    // Cut off after the secret: what is left is still known to be in the right place.
    ['{"user":{"password":{"a":1}', '{"user":{"password":"[redacted]"'],
    ['{"a":[{"secret":1}]}', '{"a":[{"secret":"[redacted]"}]}'],
  ])('%s loses its secrets and nothing else', (text, expected) => {
    expect(json(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each([
    '{"user":"ada","n":1.0e5,"big":12345678901234567890}',
    '{"password":null,"secret":"","token":false,"cookies":[],"session":{}}',
    '[{"name":"ada","value":"password"},{"name":"password","type":"text"},{"name":"password","value":""}]',
    '{"name":"password"},{"value":"of another object"}',
    '{"names":["password"],"value":1}',
    '{"usage":{"prompt_tokens":12,"prompt_tokens_details":{"cached_tokens":1}},"max_tokens":100}',
    '{"text":"my password is not a key: password"}',
    '"password"',
    '',
    '  ',
    '{"broken": ',
    '{"password": ',
    'hello',
  ])('%s is left as it is', (text) => {
    expect(json(text)).toEqual({ state: 'unchanged' })
  })

  test.each([
    '{"password":"hun',
    "{'password':'hunter2'}",
    '{password:"hunter2"}',
    '{"a":1} // "password": "x"',
    '{"password":"x"} trailing text',
  ])('%s may hold a secret, but is no JSON', (text) => {
    expect(json(text)).toEqual({ state: 'impossible', reason: 'unparsable' })
  })

  test.each([
    ['{"value":"x","name":"password"}', '{"value":"[redacted]","name":"password"}'],
    ['{ "value" : "x" ,\n "key" : "api-key" }', '{ "value" : "[redacted]" ,\n "key" : "api-key" }'],
    [
      '{"field":"password","a":{"name":"ada","value":1},"b":[1],"value":{"c":["x"]},"d":"y"}',
      '{"field":"password","a":{"name":"ada","value":1},"b":[1],"value":"[redacted]","d":"y"}',
    ],
    [
      '[{"value":"x","name":"a"},{"value":-1,"name":"ssn"}]',
      '[{"value":"x","name":"a"},{"value":"[redacted]","name":"ssn"}]',
    ],
    ['{"Value":"x","Key":"p\\u0061ssword"}', '{"Value":"[redacted]","Key":"p\\u0061ssword"}'],
    ['{"v\\u0061lue":"x","n\\u0061me":"password"}', '{"v\\u0061lue":"[redacted]","n\\u0061me":"password"}'],
    [
      '{"value":"x","key":"a","name":"pwd","value":"y"}',
      '{"value":"[redacted]","key":"a","name":"pwd","value":"[redacted]"}',
    ],
    [
      '{"value":{"value":"x","name":"pwd"},"name":"a","b":{"value":["x"],"name":"jwt"}}',
      '{"value":{"value":"[redacted]","name":"pwd"},"name":"a","b":{"value":"[redacted]","name":"jwt"}}',
    ],
    [
      '{"value":{"n":1,"access":"x"},"name":"tokens"}{"value":5,"name":"max_tokens"}',
      '{"value":{"n":1,"access":"[redacted]"},"name":"tokens"}{"value":5,"name":"max_tokens"}',
    ],
    ['{"value":"x","name":"max_tokens","key":"pwd"}', '{"value":"[redacted]","name":"max_tokens","key":"pwd"}'],
  ])('%s loses the values of sensitive names, in whichever order', (text, expected) => {
    expect(json(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each([
    ['["password","x"]', '["password","[redacted]"]'],
    ['[["user","ada"],["api_key",12.5e3]]', '[["user","ada"],["api_key","[redacted]"]]'],
    ['[ "p\\u0061ssword" ,\n\t"x" ]', '[ "p\\u0061ssword" ,\n\t"[redacted]" ]'],
    ['{"headers":[["set-cookie",["a=b","c=d"]]]}', '{"headers":[["set-cookie","[redacted]"]]}'],
    ['[["credentials",{"user":"ada"}],["a",["jwt","x"]]]', '[["credentials","[redacted]"],["a",["jwt","[redacted]"]]]'],
    ['["{\\"password\\":\\"x\\"}","y"]', '["{\\"password\\":\\"[redacted]\\"}","[redacted]"]'],
    [
      '[["tokens",{"access":"x","n":1}],["max_tokens",5]]',
      '[["tokens",{"access":"[redacted]","n":1}],["max_tokens",5]]',
    ],
    ['["card number","x"]\n["a","x"]', '["card number","[redacted]"]\n["a","x"]'],
    ['["a","[\\"password\\",\\"x\\"]"]', '["a","[\\"password\\",\\"[redacted]\\"]"]'],
    // Cut off before the end of the list.
    ['[["a","b"],["password","x"', '[["a","b"],["password","[redacted]"'],
    ['[["password",12', '[["password","[redacted]"'],
  ])('%s loses what comes second in a pair', (text, expected) => {
    expect(json(text)).toEqual({ state: 'redacted', text: expected })
  })

  test('loses the values among the raw headers of Node', () => {
    const text =
      '{"rawHeaders": ["Host","x","Cookie","a=b","Accept","token","Authorization","Bearer y"],"a":["b","jwt","c","d"]}'
    const expected = text.replace('a=b', '[redacted]').replace('Bearer y', '[redacted]')
    expect(json(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each([
    '["login","password"]',
    '["password","reset","login"]',
    '["login","password","reset","token"]',
    '["password"]',
    '[["password"],["x","y"]]',
    '["password",[],"x"]',
    '["password",null]',
    '["password",""]',
    '["password",',
    '["How do I reset my password?","By a link."]',
    '["https://www.example.com/auth/calendar","https://www.example.com/auth/drive"]',
    '["urn:ietf:wg:oauth:2.0:oob","x"]',
    `["${'a'.repeat(100)}-password","x"]`,
    '{"a":["import token\\n","x = 1\\n","y = 2"]}',
    '{"a":"see [\\"password\\", \\"x\\"]"}',
    '{"rawHeaders":{"a":["b","token","c","d"]}}',
  ])('%s has no pair of a sensitive key and its value', (text) => {
    expect(json(text)).toEqual({ state: 'unchanged' })
  })

  const secret = 'hunter2'
  const inner = `{"user":"ada","password":"${secret}"}`
  const pairs = [{ name: 'password', value: secret }]

  test.each([
    ['with escaped quotes', within(inner).replaceAll(String.raw`\"`, String.raw`\u0022`)],
    ['with escaped colons', within(inner).replaceAll(String.raw`\":`, String.raw`\"\u003A`)],
    ['with escaped backslashes', within(within(inner)).replaceAll(String.raw`\\`, String.raw`\u005c`)],
    ['with escaped commas', within(JSON.stringify(pairs)).replaceAll(',', String.raw`\u002c`)],
    [
      'with escaped digits of an escape',
      within(String.raw`{"p\u0061ssword":"hunter2"}`).replace('61', String.raw`\u0036\u0031`),
    ],
    ['with escaped brackets', within(`[${inner}]`).replace('[{', String.raw`\u005b\u007B`)],
    ['with a tab before a colon', within(`{"PASSWORD"\t:"${secret}"}`)],
    [
      'with escaped white space before a colon',
      within(`{"PASSWORD"\r\n :"${secret}"}`).replace(String.raw`\n`, String.raw`\u000a`),
    ],
    ['under a key that may hold a name', `{"key":${JSON.stringify(inner)},"name":${JSON.stringify(inner)}}`],
    ['behind white space', within(`\r\n\t \b\f  \n                ${inner}`)],
    ['behind escaped white space', `{"body":"\\u0020\\u000a ${JSON.stringify(inner).slice(1)}}`],
    [
      'behind white space whose escape is escaped',
      within(JSON.stringify(`\n${inner}`)).replace(String.raw`\\n`, String.raw`\u005cn`),
    ],
    ['behind a byte order mark', within(`\ufeff${inner}`)],
    ['behind an escaped byte order mark', within(`\ufeff${inner}`).replace('\ufeff', String.raw`\uFEFF`)],
    ['with names on lines of their own', within(JSON.stringify(pairs, null, 2))],
    [
      'with names that come last',
      within(JSON.stringify({ value: secret, a: [{ b: 1 }], name: 'the "password"' }, null, 2)),
    ],
    ['with names that come last, twice', within(within(JSON.stringify({ value: secret, a: '\\', name: 'pwd' })))],
    [
      'with white space for names',
      within(`{"value":"${secret}","name":\n"password"}`).replace(String.raw`\n`, String.raw`\u000a`),
    ],
    ['of pairs', within(JSON.stringify(Object.entries({ user: 'ada', password: secret })))],
    ['of pairs on lines of their own, twice', within(within(JSON.stringify([['a\\"password\\', secret]], null, '\t')))],
    ['of pairs that is no JSON', within(`[["password","${secret}"], NaN]`)],
    ['of pairs that is cut off', within(`[["password","${secret}"`)],
    ['of raw headers', within(JSON.stringify({ rawHeaders: ['Cookie', secret] }))],
    [
      'of pairs on many levels',
      Array.from({ length: 9 }).reduce<string>((text) => within(text), `["pwd","${secret}"]`),
    ],
    ['twice, with names on lines of their own', within(within(JSON.stringify(pairs, null, '\t')))],
    ['that is no JSON', within(`{"password":"${secret}","score":NaN}`)],
    ['that is cut off', within(`{"user":{"password":"${secret}","sco`)],
    ['in a string with a line feed in it', within(inner).replace('ada', 'a\nda')],
    ['on many levels', Array.from({ length: 9 }).reduce<string>((text) => within(text), inner)],
    ['in a string of JSON', JSON.stringify(inner)],
    ['in a string of JSON in a string', within(JSON.stringify(inner))],
    ['with a quote in a key', within(JSON.stringify({ 'the "password"': secret, 'password"x\\': secret }))],
  ])('inside of JSON %s loses its secrets', (_, text) => {
    const result = json(text)
    expect(result.state).toBe('redacted')
    expect(JSON.stringify(result)).not.toContain(secret)
  })

  test.each([
    '[2024-01-01T10:00:00Z] INFO session: started',
    '[link](https://example.com) the session: was good',
    '{ session: Session, count: number }',
    '[worker] total tokens: many',
    '{"a":1} // session: x',
  ])('text in JSON that only begins like JSON stays: %s', (text) => {
    expect(json(within(text))).toEqual({ state: 'unchanged' })
  })

  test.each([
    ['a tab', String.raw`{"api\tkey":"x"}`],
    ['a line feed', String.raw`{"\nssn":"x"}`],
    ['a quote and a backslash', String.raw`{"password\"x\\":"x"}`],
    ['escapes in a name', String.raw`{"name":"the \"password\"","value":"x"}`],
  ])('loses what stands under a key with %s', (_, text) => {
    expect(json(text)).toEqual({ state: 'redacted', text: text.replace(/"x"\}$/, '"[redacted]"}') })
  })

  test.each([
    within('[note] an aside: no JSON at all'),
    within('{"a":NaN,"caf\u00e9":"x"}').replace('\u00e9', String.raw`\u00e9`),
    within('"Quoted": and then text'),
    '{"meta":{"name":"password"},"value":"x"}',
    String.raw`{"html":"\u003ca href=\u0022x\u0022\u003epassword: none\u003c/a\u003e"}`,
  ])('%s has text in it and no secret', (text) => {
    expect(json(text)).toEqual({ state: 'unchanged' })
  })

  test.each([
    ['{"tokens":{"access":"x","refresh":"y"}}', '{"tokens":{"access":"[redacted]","refresh":"[redacted]"}}'],
    ['{"token_details":{"value":"x","n":1}}', '{"token_details":{"value":"[redacted]","n":1}}'],
    [
      '{"tokens":{"a":{"n":1},"b":[{"c":["x",""]}]},"d":"x"}',
      '{"tokens":{"a":{"n":1},"b":[{"c":["[redacted]",""]}]},"d":"x"}',
    ],
    ['{"name":"tokens","value":{"access":"x"}}', '{"name":"tokens","value":{"access":"[redacted]"}}'],
    ['{"a":"{\\"tokens\\":{\\"b\\":\\"x\\"}}"}', '{"a":"{\\"tokens\\":{\\"b\\":\\"[redacted]\\"}}"}'],
  ])('%s has texts where numbers of tokens are', (text, expected) => {
    expect(json(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each([
    '{"prompt_tokens_details":{"cached_tokens":3,"audio_tokens":0}}',
    '{"tokens":{"input":{"text":3,"cached":[1,-2.5e3]},"output":{}, "rest" : null},"a":"x"}',
    '{"a":"{\\"tokens\\": {\\"input\\": {\\"text\\":\\n3}}}"}',
  ])('%s has none', (text) => {
    expect(json(text)).toEqual({ state: 'unchanged' })
  })

  test('of several megabytes without a secret is left as it is', () => {
    const readings = JSON.stringify(Array.from({ length: 100_000 }, (_, index) => ({ at: index, value: `v${index}` })))
    expect(json(readings)).toEqual({ state: 'unchanged' })
  })

  test('with a large base64 string is redacted', () => {
    const image = Buffer.alloc(3_000_000, 7).toString('base64')
    expect(json(`{"image":"${image}","password":"x"}`)).toEqual({
      state: 'redacted',
      text: `{"image":"${image}","password":"[redacted]"}`,
    })
  })

  test('of too many members with a secret cannot be redacted', () => {
    const members = Array.from({ length: 200_000 }, (_, index) => `"k${index}":"v"`)
    expect(json(`{${members.join(',')},"password":"x"}`)).toEqual({ state: 'impossible', reason: 'too_large' })
  })

  test('that nests or repeats without end takes no more than linear time', () => {
    const depth = 100_000
    expect(json('["password",'.repeat(depth)).state).not.toBe('redacted')
    expect(json(`${'{"value":['.repeat(20_000)}${'],"name":"jwt"}'.repeat(20_000)}`).state).toBe('redacted')
    expect(json(`${'[\\"a\\",[\\\\\\"a\\\\\\",'.repeat(depth)}["pwd","x"]`).state).not.toBe('redacted')
    expect(json(`${'{"tokens":'.repeat(depth)}1${'}'.repeat(depth)}`).state).not.toBe('redacted')
    expect(json(`{"secret":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toEqual({
      state: 'redacted',
      text: '{"secret":"[redacted]"}',
    })
    expect(json(`{"secret":"${'\\\\'.repeat(depth)}"}`).state).toBe('redacted')
    expect(json(`{"name":"x",${' '.repeat(depth)}${'"value":1,'.repeat(20_000)}"secret":1}`).state).toBe('redacted')
    expect(json(`${'{"tokens":{"a":1,'.repeat(20_000)}"b":"x"}`).state).toBe('redacted')
  })

  test('loses exactly the values of its secret keys, whatever it holds', () => {
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.integer({ min: 1 }),
        fc.constantFrom('{"', '"}', '\\', '": "', '[1,2]x'),
        fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'secret', 'b"c', 'd\\', 'e:'), tie('value'), { minKeys: 1, maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(value.filter(hidesNothingEmpty), fc.constantFrom(undefined, 1), (candidate, indent) => {
        const text = JSON.stringify(candidate, null, indent)
        const result = json(text)
        expect(result.state).not.toBe('impossible')
        const redacted: unknown = JSON.parse(result.state === 'redacted' ? result.text : text)
        expect(redacted).toEqual(withoutSecrets(candidate))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a form', () => {
  test.each([
    ['user=ada&password=hunter2', 'user=ada&password=%5Bredacted%5D'],
    ['user%5Bpassword%5D=x&b=%20+', 'user%5Bpassword%5D=%5Bredacted%5D&b=%20+'],
    ['api+key=x', 'api+key=%5Bredacted%5D'],
    ['%70assword=x', '%70assword=%5Bredacted%5D'],
    ['%zz_token=x', '%zz_token=%5Bredacted%5D'],
    ['%%70assword%=x&a=%7', '%%70assword%=%5Bredacted%5D&a=%7'],
    // Bytes that are no UTF-8.
    ['%70%61%73%73%77%6f%72%64%ff=x', '%70%61%73%73%77%6f%72%64%ff=%5Bredacted%5D'],
    ['%ffssn=x&%E9%c3%A9=y', '%ffssn=%5Bredacted%5D&%E9%c3%A9=y'],
    ['a=%7B%22password%22%3A%22%E9x%22%7D', 'a=%7B%22password%22%3A%22%5Bredacted%5D%22%7D'],
    // JSON behind a byte order mark, and JSON in a string.
    ['a=%EF%BB%BF{"secret":"x"}', 'a=%EF%BB%BF%7B%22secret%22%3A%22%5Bredacted%5D%22%7D'],
    ['a="{\\"secret\\":\\"x\\"}"', 'a=%22%7B%5C%22secret%5C%22%3A%5C%22%5Bredacted%5D%5C%22%7D%22'],
    ['a=%22%7B%5C%22pwd%5C%22%3A1%7D%22', 'a=%22%7B%5C%22pwd%5C%22%3A%5C%22%5Bredacted%5D%5C%22%7D%22'],
    ['\ufeff{"a":"x&password=1","token":"y"}', '\ufeff{"a":"x&password=1","token":"[redacted]"}'],
    ['"{\\"token\\":\\"y&b=1\\"}"', '"{\\"token\\":\\"[redacted]\\"}"'],
    ['{"password":"x"}', '{"password":"[redacted]"}'],
    // Fields that hold JSON, and fields that only look like it.
    [
      'a=%7B%22token%22%3A%22x%22%2C%22b%22%3A%22%C3%A9+%26%22%7D&c=1',
      'a=%7B%22token%22%3A%22%5Bredacted%5D%22%2C%22b%22%3A%22%C3%A9%20%26%22%7D&c=1',
    ],
    ['a=+%0A[{"secret":"x"}]', 'a=%20%0A%5B%7B%22secret%22%3A%22%5Bredacted%5D%22%7D%5D'],
    ['a={secret:hunter2', 'a=%5Bredacted%5D'],
    ['{"a":"x&password=1","token":"y"}', '{"a":"x&password=1","token":"[redacted]"}'],
    ['[user][password]=x&b=2', '[user][password]=%5Bredacted%5D&b=2'],
    ['{"a":1}=b&password=x', '{"a":1}=b&password=%5Bredacted%5D'],
  ])('%s loses its secrets and nothing else', (text, expected) => {
    expect(form(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each([
    'a=1&b=2',
    'a=%7B%22b%22%3A1%7D',
    'a={',
    '[a]=1&[b]=2',
    'a="b"',
    'a=%22%7B',
    'password=',
    'password',
    'a=password',
    '',
    '&&=',
  ])('%s is left as it is', (text) => {
    expect(form(text)).toEqual({ state: 'unchanged' })
  })
})

test('a form that is JSON cut off in the middle of a secret cannot be redacted', () => {
  expect(form('{"user":"ada","password":"hun')).toEqual({ state: 'impossible', reason: 'unparsable' })
})

const events = (text: string): ReturnType<typeof redactText> => redactText(text, { contentType: 'text/event-stream' })

describe('server-sent events', () => {
  test('lose the secrets of the JSON in their data and nothing else', () => {
    const text =
      'event: login\r\ndata: {"user":"ada","token":"x"}\r\n\r\n: note {"token":"y"}\ndata: [{"password":1}]\n\ndata: [DONE]\n\n'
    const expected = text.replace('"x"', '"[redacted]"').replace('"password":1', '"password":"[redacted]"')
    expect(events(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each(['\n', '\r\n', '\r'])('lose them from JSON over several lines too (%j)', (end) => {
    const lines = [
      'id: 1',
      'data: {',
      'data:   "user": "ada",',
      'data:   "token":',
      'data:     "x"',
      'data: }',
      '',
      'data: y',
      '',
    ]
    const expected = lines.toSpliced(3, 2, 'data:   "token":', 'data:     "[redacted]"').join(end)
    expect(events(lines.join(end))).toEqual({ state: 'redacted', text: expected })
  })

  test.each([
    ['\ufeffdata: {"token":"x"}', '\ufeffdata: {"token":"[redacted]"}'],
    ['data:{"a":1,\nid: 1\n: note\ndata: "token":"x"}\n', 'data:{"a":1,\nid: 1\n: note\ndata: "token":"[redacted]"}\n'],
    [
      'data: {"token":{\r\nevent: a\r\ndata: "b":1}\r\ndata:}\r\nid: 2\r\n\r\n',
      'data: {"token":"[redacted]"\r\nevent: a\r\ndata: }\r\nid: 2\r\n\r\n',
    ],
    ['data: "{\\"token\\":\\"x\\"}"\n\n', 'data: "{\\"token\\":\\"[redacted]\\"}"\n\n'],
    ['data\ndata:{"token":"x"}\ndata', 'data:\ndata:{"token":"[redacted]"}\ndata:'],
    ['data: {"token":"x"\n\ndata: }\n', 'data: {"token":"[redacted]"\n\ndata: }\n'],
    ['id: data: {"token":"x"}\nmetadata: {"token":"x"}\n\n', undefined],
  ])('%j is read as its specification says', (text, expected) => {
    const result = events(text)
    expect(result.state === 'redacted' ? result.text : undefined).toBe(expected)
  })

  test('without secrets are left as they are, cut off or not', () => {
    expect(events('data: {"text":"my password"}\n\ndata: {"tex')).toEqual({ state: 'unchanged' })
  })

  test('that are cut off in a secret cannot be redacted', () => {
    expect(events('data: {"a":1}\n\ndata: {"token":"x')).toEqual({ state: 'impossible', reason: 'unparsable' })
  })
})

describe('by its type', () => {
  const text = '{"password":"x"}'
  test.each([
    'application/json',
    'application/problem+json; charset=utf-8',
    'application/x-ndjson',
    'text/JSON',
    'application/jsonl',
    'application/csp-report',
  ])('%s is JSON', (contentType) => expect(redactText(text, { contentType }).state).toBe('redacted'))
  test.each(['text/plain', 'application/xml', 'image/png', '', 'application/jsonfoo'])(
    '%j is left alone',
    (contentType) => expect(redactText(text, { contentType })).toEqual({ state: 'unchanged' }),
  )
})

test('keys of the application’s own are found in whichever way they are escaped', () => {
  const sensitiveKeys = [/пароль/i]
  const contentType = 'application/json'
  const escaped = JSON.stringify({ Пароль: 'x' }).replaceAll(
    /[^ -~]/g,
    (letter) => `\\u0${letter.charCodeAt(0).toString(16)}`,
  )
  expect(escaped).not.toContain('П')
  const result = redactText(escaped, { contentType, sensitiveKeys })
  expect(result).toEqual({ state: 'redacted', text: escaped.replace('"x"', '"[redacted]"') })
})

test('keys of the application’s own are redacted in place of the usual ones', () => {
  const sensitiveKeys = [/^shoe_size$/g]
  const result = redactText('{"shoeSize":43,"shoe_size":"43","password":"x"}', {
    contentType: 'application/json',
    sensitiveKeys,
  })
  expect(result).toEqual({
    state: 'redacted',
    text: '{"shoeSize":"[redacted]","shoe_size":"[redacted]","password":"x"}',
  })
})

test('keys of the application’s own that match as a whole are found inside of strings too', () => {
  const options = { contentType: 'application/json', sensitiveKeys: [/^pin$/] }
  for (const inner of [
    '{"pin":"1234"}',
    '{"name":"pin","value":"1234"}',
    '{"value":"1234","a":1,"name":"pin"}',
    '["pin","1234"]',
  ]) {
    const text = JSON.stringify({ a: JSON.stringify({ b: inner }) })
    expect(redactText(text, options)).toEqual({ state: 'redacted', text: text.replace('1234', '[redacted]') })
  }
})

const cutOff = (text: string, contentType = 'application/json'): ReturnType<typeof redactText> =>
  redactText(text, { contentType, truncated: true })

describe('a text that is cut off', () => {
  test.each([
    ['{"a":[{"value":"x"', '{"a":[{"value":"[redacted]"'],
    ['{"value":"x","na', '{"value":"[redacted]","na'],
    ['{"value":{"a":1},"name":"pass', '{"value":"[redacted]","name":"pass'],
    ['[{"value":"y","name":"a"},{"value":12', '[{"value":"y","name":"a"},{"value":"[redacted]"'],
    ['{"value":"x","a":{"name":"b","value":"y"', '{"value":"[redacted]","a":{"name":"b","value":"y"'],
  ])('%s loses the values whose names may be missing', (text, expected) => {
    expect(cutOff(text)).toEqual({ state: 'redacted', text: expected })
  })

  test.each(['{"name":"a","value":"x","b":"c', '[{"value":"x"},{"name":"val', '{"password":"","valu', '{"a":"value'])(
    '%s is left as it is',
    (text) => expect(cutOff(text)).toEqual({ state: 'unchanged' }),
  )

  test('keeps them where it is not known to be cut off', () => {
    expect(json('{"a":[{"value":"x"')).toEqual({ state: 'unchanged' })
    expect(json('{"password":"y","a":{"value":"x"')).toEqual({
      state: 'redacted',
      text: '{"password":"[redacted]","a":{"value":"x"',
    })
  })

  test('loses them in forms and in events too', () => {
    expect(cutOff('a=1&b={"value":"x"', 'application/x-www-form-urlencoded').state).toBe('redacted')
    expect(cutOff('data: {"a":1}\n\ndata: {"value":"x"', 'text/event-stream').state).toBe('redacted')
  })

  test.each(['{"value":"x', '{"value":["x"', '["password","x', '{"password":"y","a":"{\\"b\\":\\"x'])(
    '%s ends in what may be a secret',
    (text) => expect(cutOff(text)).toEqual({ state: 'impossible', reason: 'unparsable' }),
  )
})
