<?php
// Trigger ETL via API: the client of the documentation. Only its address and its token come from outside.
$ch = curl_init();
curl_setopt($ch, CURLOPT_URL, getenv('API') . '/run_pipeline');
curl_setopt($ch, CURLOPT_POST, 1);
curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode(['date' => '2024-01-15']));
curl_setopt($ch, CURLOPT_HTTPHEADER, [
    'Authorization: Bearer ' . getenv('TOKEN'),
    'Content-Type: application/json'
]);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);

$response = curl_exec($ch);
curl_close($ch);

$result = json_decode($response, true);
echo "ETL Status: " . $result['status'];
