import { describe, expect, test } from "vitest";
import { expectS3Error, outcomeOf } from "../testing/expect-s3-error.ts";
import { seeded } from "../testing/seeded.ts";
import { parseXml } from "./read.ts";
import { escapeXml } from "./write.ts";

const limits = { maxBytes: 8 * 1024 ** 2 };
const parse = (xml: string) => parseXml(Buffer.from(xml), limits);
const leaf = (name: string, text: string) => ({ name, text, children: [] });

/** Runs something that must be refused, and quickly: nothing in it may grow with what the document asks for. */
function expectRefusedQuickly(xml: string | Uint8Array): void {
  const began = performance.now();
  expectS3Error("MalformedXML", () => parseXml(Buffer.from(xml), limits));
  expect(performance.now() - began).toBeLessThan(2000);
}

describe("parseXml", () => {
  test("reads elements, text and their order", () => {
    expect(parse("<a><b>1</b><c/><b> 2 </b></a>")).toEqual({
      name: "a",
      text: "",
      children: [leaf("b", "1"), leaf("c", ""), leaf("b", " 2 ")],
    });
  });

  test.for([
    ['<?xml version="1.0" encoding="UTF-8"?>\n<a>x</a>\n', "x"],
    ["<?xml version='1.0'?><a>x</a>", "x"],
    ["\ufeff<a>x</a>", "x"],
    ['<a xmlns="http://s3.amazonaws.com/doc/2006-03-01/">x</a>', "x"],
    ["<s3:a xmlns:s3='urn:x' b = \"&lt;1\" >x</s3:a >", "x"],
    ["<!-- c --><?pi x?><a>x<!-- - -->y<?pi?></a><!---->", "xy"],
    ["<a><![CDATA[<&amp;]]>]]&gt;</a>", "<&amp;]]>"],
    ["<a>&amp;&lt;&gt;&quot;&apos;</a>", "&<>\"'"],
    ["<a>&#65;&#x42;&#x1F600;&#128512;&#xe4;</a>", "AB😀😀ä"],
    ["<a>&amp;lt;</a>", "&lt;"],
    ["<a>a\r\nb\rc&#13;&#xD;\n</a>", "a\nb\nc\r\r\n"],
    ["<a>  a  </a>", "  a  "],
    ["<a>&#x1;&#31;</a>", "\u0001\u001f"],
    ["<a>\u0001\u001f\uffff</a>", "\u0001\u001f\uffff"],
    ["<a>007</a>", "007"],
    ["<a>true</a>", "true"],
  ] as const)("reads %j", ([xml, text]) => {
    expect(parse(xml)).toEqual(leaf("a", text));
  });

  test.for([
    "",
    " ",
    "text",
    "<a>",
    "<a></b>",
    "<a></A>",
    "<a/><b/>",
    "<a/>x",
    "x<a/>",
    "</a>",
    "<a><b></a></b>",
    "<a b></a>",
    "<a b=c></a>",
    "<a b='1' b='2'/>",
    "<a b='<'/>",
    "<a b='&x;'/>",
    "<a b='1'c='2'/>",
    "< a/>",
    "<1a/>",
    "<a:b:c/>",
    "<a / >",
    "<a>&</a>",
    "<a>& amp;</a>",
    "<a>&nbsp;</a>",
    "<a>&amp</a>",
    "<a>&#;</a>",
    "<a>&#x;</a>",
    "<a>&#xD800;</a>",
    "<a>&#x110000;</a>",
    "<a>&#99999999999999;</a>",
    "<a>&#-1;</a>",
    "<a>]]></a>",
    "<a><![CDATA[x]]</a>",
    "<![CDATA[x]]><a/>",
    "<a><!-- -- --></a>",
    "<a><!-- x </a>",
    "<a><!-- x ---></a>",
    "<a><?xml version='1.0'?></a>",
    " <?xml version='1.0'?><a/>",
    "<?xml?><a/>",
    "<?xml version='1.0' encoding='UTF-16'?><a/>",
    "<?xml version='1.0' encoding='latin1'?><a/>",
    "<a>\u0000</a>",
    "<a\u0001/>",
    "<a>x</a>\u0001",
    "<!DOCTYPE a><a/>",
    "<!doctype a><a/>",
    "<a><!ENTITY x 'y'></a>",
  ])("refuses %j", (xml) => {
    expectS3Error("MalformedXML", () => parse(xml));
  });

  test("refuses what is not UTF-8", () => {
    expectRefusedQuickly(Buffer.from("<a>\xe4</a>", "latin1"));
    expectRefusedQuickly(Buffer.from("\ufeff<a/>", "utf16le"));
    expectRefusedQuickly(Buffer.from("<a/>", "utf16le"));
    expectRefusedQuickly(Buffer.from([0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80, 0x3c, 0x2f, 0x61, 0x3e]));
    expectRefusedQuickly(Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xaf, 0x3c, 0x2f, 0x61, 0x3e]));
  });

  test("refuses entity bombs and external entities in no time", () => {
    const lols = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("");
    expectRefusedQuickly(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">${lols}]><l>&l10;</l>`);
    expectRefusedQuickly(`<!DOCTYPE q [<!ENTITY a "${"a".repeat(100_000)}">]><q>${"&a;".repeat(100_000)}</q>`);
    expectRefusedQuickly('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>');
    expectRefusedQuickly('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]><a/>');
    expectRefusedQuickly('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>');
  });

  test("refuses deep nesting, many elements and what makes slow parsers slow", () => {
    const million = 1_000_000;
    expectRefusedQuickly("<a>".repeat(million));
    expectRefusedQuickly(`${"<a>".repeat(9)}${"</a>".repeat(9)}`);
    expectRefusedQuickly(`<a>${"<b/>".repeat(million)}</a>`);
    expectRefusedQuickly(`<a ${" ".repeat(million)}`);
    expectRefusedQuickly(`<a${" b='1'".repeat(million)}/>`);
    expectRefusedQuickly(`<a>${"&".repeat(million)}`);
    expectRefusedQuickly(`<a>${"<!--".repeat(million)}`);
    expectRefusedQuickly(`<a>${"<![CDATA[".repeat(500_000)}`);
    expectRefusedQuickly(`<?xml version="1.0" ${"encoding ".repeat(500_000)}?>`);
    expectRefusedQuickly(`<${"a".repeat(million)}`);
    expectRefusedQuickly("<".repeat(million));
  });

  test("refuses a body above its limit before looking at it", () => {
    const error = expectS3Error("MaxMessageLengthExceeded", () =>
      parseXml(Buffer.from("<a>12345</a>"), { maxBytes: 11 }),
    );
    expect(error.status).toBe(400);
    expect(parseXml(Buffer.from("<a>1234</a>"), { maxBytes: 11 }).text).toBe("1234");
  });

  test("keeps names that are special to JavaScript harmless", () => {
    expect(parse("<a><__proto__><polluted>1</polluted></__proto__><constructor/></a>").children).toHaveLength(2);
    expect({}).not.toHaveProperty("polluted");
  });

  test("gives back every text that escapeXml wrote", () => {
    const random = seeded(4);
    for (let round = 0; round < 3000; round += 1) {
      const text = random.text(60);
      expect(parse(`<a>${escapeXml(text)}</a>`)).toEqual(leaf("a", text));
      expect(parse(`<a><b c="${escapeXml(text)}">${escapeXml(text)}</b></a>`).children[0]).toEqual(leaf("b", text));
    }
  });

  test("never throws anything but MalformedXML, whatever the bytes", () => {
    const random = seeded(5);
    const pieces = [
      "<",
      ">",
      "</",
      "/>",
      "<a",
      "<a>",
      "</a>",
      "&",
      ";",
      "&#x",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<?",
      "?>",
      "=",
      "'",
      '"',
      " ",
      "x",
    ] as const;
    for (let round = 0; round < 5000; round += 1) {
      const xml = Array.from({ length: random.int(12) }, () =>
        random.int(8) === 0 ? random.text(3) : random.pick(pieces),
      ).join("");
      // Anything but an S3 error comes through `outcomeOf` and fails the test.
      const outcome = outcomeOf(() => parse(xml).name);
      expect(outcome, xml).toMatch(/^(MalformedXML$|[ax])/);
    }
  });
});
