import { inR } from './quoted.ts';
import { linesOf, type RowsRequest } from './request.ts';

const NEXT = {
  cursor: 'query["cursor"] <- page$next_cursor',
  offset: 'query["offset"] <- sum(vapply(pages, NROW, 1L))',
};

export function rProgram({ address, query, next }: RowsRequest): string {
  const lines = linesOf(query, (name, value) => `  ${name} = ${inR(value)},`);
  return `# Reads rows from the User Activity ETL. Needs R 3.6 or newer, with the packages curl and jsonlite.
address <- ${inR(address)}
query <- c(
${lines.slice(0, -1)}
)
token <- Sys.getenv("TOKEN")
if (token == "") stop("Set TOKEN to an API token.", call. = FALSE)

read_page <- function(query) {
  # A redirect would send the token to another address.
  handle <- curl::new_handle(timeout = 120, followlocation = FALSE)
  curl::handle_setheaders(handle, Authorization = paste("Bearer", token))
  url <- paste0(address, "?", paste0(names(query), "=", curl::curl_escape(query), collapse = "&"))
  answer <- curl::curl_fetch_memory(url, handle)
  text <- rawToChar(answer$content)
  Encoding(text) <- "UTF-8"
  if (answer$status_code != 200) stop("HTTP ", answer$status_code, ": ", text, call. = FALSE)
  jsonlite::fromJSON(text, flatten = TRUE)
}

pages <- list()
repeat {
  page <- read_page(query)
  pages <- c(pages, list(page$data))
  if (!page$has_next) break
  ${NEXT[next]}
}

# A column that is null on a whole page can be missing there.
columns <- unique(unlist(lapply(pages, names)))
# A category that is null on a whole page is one column there, not one for each of its fields.
is_whole <- vapply(columns, function(name) any(startsWith(columns, paste0(name, "."))), TRUE)
columns <- columns[!is_whole]
complete <- function(page) {
  page[setdiff(columns, names(page))] <- NA
  page[columns]
}
rows <- do.call(rbind, c(list(data.frame()), lapply(Filter(is.data.frame, pages), complete)))
cat(nrow(rows), "rows\\n")
`;
}
