/* test_trust.c - code is only loaded from where nobody else can put it. */
#include "runtime/trust.h"

#include "test.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static char dir[] = "/tmp/trust-XXXXXX";
static char file[256], deep[128];
static const char *why;

static void setup(void)
{
	CHECK(mkdtemp(dir) != NULL);
	snprintf(deep, sizeof(deep), "%s/deep", dir);
	snprintf(file, sizeof(file), "%s/x.so", deep);
	CHECK_INT(mkdir(deep, 0755), 0);
	close(open(file, O_CREAT | O_WRONLY, 0755));
}

static void done(void)
{
	unlink(file);
	chmod(deep, 0755);
	chmod(dir, 0755);
	rmdir(deep);
	rmdir(dir);
}

TEST(of_a_file_that_is_ours_alone)
{
	setup();
	CHECK_INT(trust_check(file, file, true, &why), 0);
	CHECK_INT(trust_check("/etc/passwd", file, true, &why), 0);
	done();
}

TEST(not_of_a_file_that_others_can_write)
{
	setup();
	chmod(file, 0775);
	CHECK_INT(trust_check(file, file, true, &why), -EPERM);
	CHECK(strstr(why, "written by others") != NULL);
	chmod(file, 0757);
	CHECK_INT(trust_check(file, file, false, &why), -EPERM);
	done();
}

TEST(not_of_a_link_or_a_directory)
{
	char link[256];

	setup();
	snprintf(link, sizeof(link), "%s/y.so", deep);
	CHECK_INT(symlink(file, link), 0);
	CHECK_INT(trust_check(link, file, true, &why), -EPERM);
	unlink(link);
	CHECK_INT(trust_check(deep, file, true, &why), -EPERM);
	CHECK(strstr(why, "no regular file") != NULL);
	done();
}

TEST(not_of_a_directory_that_others_can_write)
{
	setup();
	chmod(deep, 0777);
	CHECK_INT(trust_check(file, file, true, &why), -EPERM);
	CHECK_INT(trust_check(file, file, false, &why), -EPERM);
	/* Nobody can replace the files of others there. */
	chmod(deep, 01777);
	CHECK_INT(trust_check(file, file, true, &why), 0);
	done();
}

TEST(parents_count_unless_they_are_the_shims)
{
	setup();
	chmod(dir, 0777);
	CHECK_INT(trust_check(file, file, true, &why), -EPERM);
	CHECK_INT(trust_check(file, file, false, &why), 0);
	done();
}

TEST(of_the_owner_of_the_shim)
{
	char shim[64];

	if (geteuid() != 0)
		SKIP("files of another user can only be made by root");
	setup();
	snprintf(shim, sizeof(shim), "%s/shim", dir);
	close(open(shim, O_CREAT | O_WRONLY, 0755));
	CHECK_INT(chown(file, 65534, 65534), 0);
	CHECK_INT(trust_check(file, shim, true, &why), -EPERM);
	CHECK(strstr(why, "another user") != NULL);
	CHECK_INT(chown(shim, 65534, 65534), 0);
	CHECK_INT(trust_check(file, shim, true, &why), 0);
	unlink(shim);
	done();
}

TEST(not_of_what_is_not_there)
{
	CHECK_INT(trust_check("/nowhere/x.so", "/", true, &why), -ENOENT);
	CHECK_STR(why, "does not exist");
}
