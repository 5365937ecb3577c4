#include "tests/ledger/plants.h"

#include <stdio.h>
#include <string.h>

static const struct plant plants[] = {
#define X(word, catches, cuts, sql) { word, catches, cuts, sql },
	PLANT_TABLE(X)
#undef X
};

enum {
	PLANTS = sizeof(plants) / sizeof(plants[0]),
};

const struct plant *
plant_find(const char *word)
{
	for (size_t i = 0; i < PLANTS; i++)
		if (strcmp(plants[i].word, word) == 0)
			return &plants[i];
	return NULL;
}

void
plants_print(bool cuts)
{
	for (size_t i = 0; i < PLANTS; i++)
		if (plants[i].cuts == cuts)
			printf("%s\n", plants[i].word);
}
