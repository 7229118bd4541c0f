import { inM } from './quoted.ts';
import { linesOf, type RowsRequest } from './request.ts';

/** The first page is asked for by the place null, and null is what follows the last page. */
const NEXT = {
  cursor: { place: 'cursor = place', after: '[next_cursor]' },
  offset: { place: 'offset = Text.From(place)', after: '[offset] + List.Count([data])' },
};

/** `TOKEN` is a parameter of Power Query, which reads no environment variables. */
export function powerQueryProgram({ address, query, next }: RowsRequest): string {
  const { origin, pathname } = new URL(address);
  const { place, after } = NEXT[next];
  const lines = linesOf(query, (name, value) => `        ${name} = ${inM(value)},`);
  return `// Reads rows from the User Activity ETL. Needs a parameter TOKEN (text) with an API token.
let
    Asked = [
${lines.slice(0, -1)}
    ],
    ReadPage = (place) =>
        let
            Answer = Web.Contents(
                ${inM(origin)},
                [
                    RelativePath = ${inM(pathname.slice(1))},
                    Query = Asked & (if place = null then [] else [${place}]),
                    Headers = [Authorization = "Bearer " & TOKEN],
                    ManualStatusHandling = {400, 401, 403, 404, 408, 429, 500, 502, 503, 504}
                ]
            ),
            Status = Value.Metadata(Answer)[Response.Status],
            Page =
                if Status = 200 then
                    Json.Document(Answer, TextEncoding.Utf8)
                else
                    error Error.Record("HTTP " & Text.From(Status), Text.FromBinary(Answer, TextEncoding.Utf8))
        in
            Page,
    Pages = List.Generate(
        () => ReadPage(null),
        each _ <> null,
        each if [has_next] then ReadPage(${after}) else null
    ),
    Rows = Table.FromRecords(List.Combine(List.Transform(Pages, each [data])))
in
    Rows
`;
}
