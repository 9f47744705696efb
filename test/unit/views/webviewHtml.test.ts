import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { webviewHtml } from '../../../src/views/webviewHtml.js';

const page = webviewHtml({
  language: 'en',
  title: '</title><script>alert("x")</script>',
  scriptUri: 'https://files/panel.js',
  styleUri: 'https://files/style.css?a=1&b=2',
  samplesUri: 'https://files/a"b/samples',
  translations: { Stop: 'Anhalten "jetzt" & <hier>' },
  cspSource: "'self' https://*.example",
  scriptNonce: 'abc',
  styleNonce: 'def',
});

describe('webviewHtml', () => {
  it('allows one script, one style sheet, images of its own folders and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1];
    assert.equal(
      policy?.replaceAll('&#39;', "'"),
      "default-src 'none'; script-src 'nonce-abc'; style-src 'self' https://*.example 'nonce-def'; " +
        "img-src 'self' https://*.example",
    );
    assert.equal(page.match(/<script/g)?.length, 1);
  });

  it('takes no markup from a job name or an address', () => {
    assert.ok(page.includes('&lt;/title&gt;&lt;script&gt;'));
    assert.ok(page.includes('style.css?a=1&amp;b=2'));
    assert.ok(page.includes('data-samples="https://files/a&quot;b/samples"'));
    assert.ok(
      page.includes('{&quot;Stop&quot;:&quot;Anhalten \\&quot;jetzt\\&quot; &amp; &lt;hier&gt;&quot;}'),
    );
  });
});
