import { inPhp } from './quoted.ts';
import { linesOf, type RowsRequest } from './request.ts';

const NEXT = {
  cursor: '$query["cursor"] = $page["next_cursor"];',
  offset: '$query["offset"] = count($rows);',
};

export function phpProgram({ address, query, next }: RowsRequest): string {
  return `<?php
// Reads rows from the User Activity ETL. Needs PHP 7.4 or newer, with its extensions curl and json.
$address = ${inPhp(address)};
$query = [
${linesOf(query, (name, value) => `    ${inPhp(name)} => ${inPhp(value)},`)}
];

function stop(string $message): void
{
    fwrite(STDERR, $message . "\\n");
    exit(1);
}

$token = getenv("TOKEN") ?: stop("Set TOKEN to an API token.");
$curl = curl_init();
curl_setopt_array($curl, [
    CURLOPT_HTTPHEADER => ["Authorization: Bearer " . $token],
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 120,
]);

$rows = [];
do {
    curl_setopt($curl, CURLOPT_URL, $address . "?" . http_build_query($query));
    $answer = curl_exec($curl);
    if ($answer === false) {
        stop("$address cannot be read: " . curl_error($curl));
    }
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    if ($status !== 200) {
        stop("HTTP $status: $answer");
    }
    $page = json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
    array_push($rows, ...$page["data"]);
    ${NEXT[next]}
} while ($page["has_next"]);

// Each row is an array with the names of its columns as keys.
echo count($rows), " rows\\n";
`;
}
