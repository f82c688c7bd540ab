"""支取申请: an employer asks for an employee's money, finance pays it, the employee sees it (F113-F115)."""
